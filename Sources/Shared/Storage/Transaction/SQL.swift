// The text of a statement, with a number under which each connection keeps it compiled.
//
// Write it once, as a `static let` beside the table that it is about: then its number is looked up once, and finding the compiled statement
// costs no look at its letters.

internal import Synchronization

/// The text of a statement. Values go in as `$1`, `$2`, … and are given beside it, never written into the text.
public struct SQL: Sendable, ExpressibleByStringLiteral {
    let text: String
    /// None for a text that is not kept.
    let id: Int?
    /// It changes nothing.
    let isReading: Bool

    /// A statement as it stands in the source.
    public init(stringLiteral text: String) { self.init(text) }

    /// A text that is put together of pieces; never of a caller's values, which go in as arguments.
    public init(_ text: String) {
        self.text = text
        id = Self.number(text)
        isReading = Self.isReading(text)
    }

    /// A text whose shape follows a caller's wishes, of which there is no end: compiled each time, kept nowhere.
    package init(once text: String) {
        self.text = text
        id = nil
        isReading = Self.isReading(text)
    }

    private static func isReading(_ text: String) -> Bool { text.utf8.starts(with: "SELECT".utf8) }

    private static let numbers = Mutex<[String: Int]>([:])

    private static func number(_ text: String) -> Int {
        numbers.withLock { numbers in
            if let known = numbers[text] { return known }
            numbers[text] = numbers.count
            return numbers.count - 1
        }
    }
}
