// The text of an element or of one of its versions: what search finds it by.

public import Bus

public struct Comment: Codable, Sendable, Hashable, SchemaProviding {
    /// In Unicode code points.
    public static let length = 0...10_000

    public let text: String

    /// `nil` for a text that is too long or has a U+0000.
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
    public static let sample = Comment(checked: "")

    private init(checked text: String) { self.text = text }
}
