// How much of a long list one answer holds.

public import Bus

public struct PageLimit: Codable, Sendable, Hashable, SchemaProviding {
    public static let range = 1...1000
    /// What a request that names none gets.
    public static let standard = 100

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

    public static let schema = JSONSchema.integer(range, "How many to answer at most; \(standard) where absent")
    public static let sample = PageLimit(checked: standard)

    private init(checked value: Int) { self.value = value }
}
