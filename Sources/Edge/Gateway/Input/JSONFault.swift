// What is wrong with a text that should be JSON, and where, for the person who sent it.

struct JSONFault: Error, Equatable {
    /// A clause that follows the place: `expected a colon`.
    let reason: String
    /// Both from 1; the column counts bytes.
    let line: Int
    let column: Int

    init(_ reason: String, in text: [UInt8], at offset: Int) {
        let before = text[..<min(offset, text.count)]
        self.reason = reason
        line = before.count { $0 == UInt8(ascii: "\n") } + 1
        column = before.count - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
    }

    var description: String { "line \(line), column \(column): \(reason)" }
}
