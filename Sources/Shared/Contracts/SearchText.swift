// A text of a search request: the query, or an expression over fields. Bounded, because each is parsed.

public import Bus

public struct SearchText: Codable, Sendable, Hashable, SchemaProviding {
    /// In Unicode code points.
    public static let length = 1...1000

    public let text: String

    /// `nil` for a text that is empty, too long, or has a U+0000.
    public init?(_ text: String) {
        guard Self.length.contains(text.unicodeScalars.count), !text.unicodeScalars.contains("\0") else { return nil }
        self.text = text
    }

    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self, length: Self.length)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public static let schema = JSONSchema.string(length)
    public static let sample = SearchText(checked: "*")

    private init(checked text: String) { self.text = text }
}
