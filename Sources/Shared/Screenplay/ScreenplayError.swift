// Why a file is not read as a screenplay. Any text is one; these are the bytes that are no text, or too many for one element,
// and marks that nobody can compare.

internal import StreamSafe

package enum ScreenplayError: Error, Equatable, CustomStringConvertible {
    /// The first byte that begins no scalar of UTF-8.
    case notUTF8(offset: Int)
    /// A U+0000, which no element can hold.
    case zero(offset: Int)
    /// An element that is longer than one may be; lines count from 1.
    case tooLong(line: Int, bytes: Int, limit: Int)
    /// Blank lines that are too many for the element below them, or for the end of the file.
    case tooBlank(line: Int, bytes: Int, limit: Int)
    /// More combining marks in a row than Service A takes (`StreamSafe`).
    case marks(line: Int)

    package var description: String {
        switch self {
        case .notUTF8(let offset):
            "is not UTF-8: byte \(offset) belongs to no character. Save it as UTF-8, and try again"
        case .zero(let offset):
            "has a zero byte at \(offset), which no text has. Is it a screenplay? Take the byte out, and try again"
        case .tooLong(let line, let bytes, let limit):
            "has a paragraph of \(bytes) bytes in line \(line); one element holds \(limit). Divide it by blank lines, and try again"
        case .tooBlank(let line, let bytes, let limit):
            "has \(bytes) bytes of blank lines from line \(line) on; with them one element holds \(limit). Take some out, and try again"
        case .marks(let line):
            "has more than \(StreamSafe.mostMarks) combining marks in a row in line \(line), more than any language needs. Take them out, and try again"
        }
    }
}
