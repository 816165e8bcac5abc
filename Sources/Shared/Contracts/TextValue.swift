// A string with rules of its own: what a value type has to say to be refused by name when it is decoded, and to know its schema.

public import Bus

/// A validated string. `init?(_:)` decides; `rule` follows the field's name: "must be …".
public protocol TextValue: Codable, Sendable, Hashable, SchemaProviding {
    /// What the text has to be, as a clause that follows the field's name; it is the error of a text that is refused.
    static var rule: String { get }
    /// As it is kept and sent; some types fold letter case.
    var text: String { get }
    /// `nil` for a text that breaks the rule.
    init?(_ text: String)
}

/// Patterns that several texts share (ECMA 262).
enum TextPattern {
    static let withoutNUL = #"^[^\u0000]*$"#
}

extension TextValue {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: Self.rule)
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
