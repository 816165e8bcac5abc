// A whole number with bounds, once for all that have some: its bounds make it a type of its own, which no other is taken for.
//
//     public typealias PageLimit = BoundedNumber<PageLimitBounds>

public import Bus

/// The bounds that make a `BoundedNumber` a type of its own.
public protocol NumberBounds: Sendable {
    /// The smallest and the largest number taken; both are in the JSON Schema.
    static var range: ClosedRange<Int> { get }
    /// What a request that names none gets.
    static var standard: Int { get }
    /// What the number says, for people.
    static var meaning: String { get }
}

/// A whole number within the bounds of its type. A number outside is refused when it is decoded, with a text that names
/// the bound.
public struct BoundedNumber<Bounds: NumberBounds>: Codable, Sendable, Hashable, SchemaProviding {
    /// Within `Bounds.range`.
    public let value: Int

    /// `nil` for a number outside of the bounds.
    public init?(_ value: Int) {
        guard Bounds.range.contains(value) else { return nil }
        self.value = value
    }

    public init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(Int.self, in: Bounds.range)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    /// What a request that names none gets (`Bounds.standard`); the service fills it in.
    public static var standard: Int { Bounds.standard }
    public static var schema: JSONSchema { .integer(Bounds.range, "\(Bounds.meaning); \(standard) where absent") }
    public static var sample: BoundedNumber { BoundedNumber(checked: standard) }

    private init(checked value: Int) { self.value = value }
}

/// How many entries one page of a list holds at most.
public typealias PageLimit = BoundedNumber<PageLimitBounds>

/// 1 to 1000, 100 where absent.
public enum PageLimitBounds: NumberBounds {
    public static let range = 1...1000
    public static let standard = 100
    public static let meaning = "How many to answer at most"
}

/// How many documents one search answers.
public typealias MaxHits = BoundedNumber<MaxHitsBounds>

/// 1 to 250, 10 where absent.
public enum MaxHitsBounds: NumberBounds {
    /// The most that a page of Typesense holds.
    public static let range = 1...250
    public static let standard = 10
    public static let meaning = "How many hits to answer at most"
}

/// Which page of a search's hits.
public typealias PageNumber = BoundedNumber<PageNumberBounds>

/// 1 to 1000, 1 where absent.
public enum PageNumberBounds: NumberBounds {
    /// Whoever wants more narrows the question.
    public static let range = 1...1000
    public static let standard = 1
    public static let meaning = "Which page of hits"
}
