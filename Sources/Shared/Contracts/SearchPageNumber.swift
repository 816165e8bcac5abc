// Which page of a search's hits.

public import Bus

public struct PageNumber: Codable, Sendable, Hashable, SchemaProviding {
    /// Whoever wants more narrows the question.
    public static let range = 1...1000

    public let value: Int

    /// `nil` for a number outside `range`.
    public init?(_ value: Int) {
        guard Self.range.contains(value) else { return nil }
        self.value = value
    }

    public init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(Int.self, in: Self.range)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    public static let schema = JSONSchema.integer(range, "Which page of hits; the first where absent")
    public static let sample = PageNumber(checked: 1)

    private init(checked value: Int) { self.value = value }
}
