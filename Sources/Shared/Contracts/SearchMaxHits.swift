// How many documents one search answers.

public import Bus

public struct MaxHits: Codable, Sendable, Hashable, SchemaProviding {
    /// The most that a page of Typesense holds.
    public static let range = 1...250
    /// What a search that names none gets.
    public static let standard = 10

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

    public static let schema = JSONSchema.integer(range, "How many hits to answer at most; \(standard) where absent")
    public static let sample = MaxHits(checked: standard)

    private init(checked value: Int) { self.value = value }
}
