// A text with a length, in Unicode code points, and without U+0000: once for all that have no other rule (`TextValue` has those that do).

public import Bus

/// The length that makes a `BoundedText` a type of its own.
public protocol TextBounds: Sendable {
    /// In Unicode code points, as JSON Schema counts them.
    static var length: ClosedRange<Int> { get }
    /// A text within it.
    static var sample: String { get }
}

/// A text within the length of its type. One that is too short, too long or has a U+0000 is refused when it is decoded.
public struct BoundedText<Bounds: TextBounds>: Codable, Sendable, Hashable, SchemaProviding {
    /// As it came, within `Bounds.length`.
    public let text: String

    /// `nil` for a text that is too short, too long, or has a U+0000.
    public init?(_ text: String) {
        guard Bounds.length.contains(text.unicodeScalars.count), !text.unicodeScalars.contains("\0") else { return nil }
        self.text = text
    }

    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self, length: Bounds.length)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public static var schema: JSONSchema { .string(Bounds.length, pattern: TextPattern.withoutNUL) }
    public static var sample: BoundedText { BoundedText(checked: Bounds.sample) }

    private init(checked text: String) { self.text = text }
}

/// The text of an element or of one of its versions: what search finds it by.
public typealias Comment = BoundedText<CommentBounds>

/// Up to 10,000 code points; may be empty.
public enum CommentBounds: TextBounds {
    public static let length = 0...10_000
    public static let sample = ""
}

/// A text of a search request: the query, or an expression over fields. Bounded, because each is parsed.
public typealias SearchText = BoundedText<SearchTextBounds>

/// 1 to 1000 code points.
public enum SearchTextBounds: TextBounds {
    public static let length = 1...1000
    public static let sample = "*"
}
