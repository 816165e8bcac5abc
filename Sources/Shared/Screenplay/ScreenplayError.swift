// Why a file is not read as a screenplay. Any text is one; these are the bytes that are no text, or too many for one element.

package enum ScreenplayError: Error, Equatable, CustomStringConvertible {
    /// The first byte that begins no scalar of UTF-8.
    case notUTF8(offset: Int)
    /// A U+0000, which no element can hold.
    case zero(offset: Int)
    /// An element that is longer than one may be; lines count from 1.
    case tooLong(line: Int, bytes: Int, limit: Int)

    package var description: String {
        switch self {
        case .notUTF8(let offset):
            "is not UTF-8: byte \(offset) belongs to no character. Save it as UTF-8, and try again"
        case .zero(let offset):
            "has a zero byte at \(offset), which no text has. Is it a screenplay? Take the byte out, and try again"
        case .tooLong(let line, let bytes, let limit):
            "has a paragraph of \(bytes) bytes in line \(line); one element holds \(limit). Divide it by blank lines, and try again"
        }
    }
}
