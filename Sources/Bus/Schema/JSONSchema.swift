// The part of JSON Schema (2020-12) that the ecosystem speaks: what its types can say, no more.
//
// It refuses references and combinators: a schema that arrives from a peer is checked against untrusted input, so every keyword here costs time
// linear in the input. A `pattern` is told and never run, for the same reason: the type that says it has its own way to check.

/// A schema as `bus.info` and OpenAPI carry it. Built by the functions below or derived from a type.
public struct JSONSchema: Codable, Sendable, Equatable {
    /// The values of `type`; two kinds or more are written as a list.
    public enum Kind: String, Codable, Sendable {
        /// As JSON Schema names them. An `integer` is also a `number`.
        case object, array, string, integer, number, boolean, null
    }

    /// The kinds allowed; empty allows every value.
    public var kinds: [Kind] = []
    /// What the type is called, with the types that it stands in: `KMS.Tokens`. The same in two places is the same type.
    public var title: String?
    /// A sentence for readers of the schema; `nil` says nothing.
    public var description: String?
    /// Told and never checked: `password`, `date-time`.
    public var format: String?
    /// ECMA 262, for readers of the schema.
    public var pattern: String?
    /// `enum`, for texts.
    public var allowed: [String]?
    /// Of a whole number, inclusive.
    public var minimum: Int?
    /// Of a whole number, inclusive.
    public var maximum: Int?
    /// In Unicode code points.
    public var minLength: Int?
    /// In Unicode code points.
    public var maxLength: Int?
    /// Of an array.
    public var minItems: Int?
    /// Of an array.
    public var maxItems: Int?
    /// Of every element of an array; `nil` allows any.
    public var items: Boxed<JSONSchema>?
    /// By the member's name; those that are not named are allowed unless `additionalProperties` is `false`.
    public var properties: [String: JSONSchema]?
    /// Members that have to be there.
    public var required: [String]?
    /// Values that are taken, for readers of the schema.
    public var examples: [JSONValue]?
    /// `false` refuses properties that are not declared.
    public var additionalProperties: Bool?

    /// Without kinds: any value.
    public init(_ kinds: Kind...) { self.kinds = kinds }

    /// Any JSON value.
    public static let any = JSONSchema()

    /// A text; `length` is in Unicode code points.
    public static func string(
        _ length: ClosedRange<Int>? = nil,
        format: String? = nil,
        pattern: String? = nil,
        _ description: String? = nil
    ) -> Self {
        var schema = JSONSchema(.string)
        schema.minLength = length?.lowerBound
        schema.maxLength = length?.upperBound
        schema.format = format
        schema.pattern = pattern
        schema.description = description
        return schema
    }

    /// A text that is one of these.
    public static func string(oneOf allowed: [String], _ description: String? = nil) -> Self {
        var schema = JSONSchema(.string)
        schema.allowed = allowed
        schema.description = description
        return schema
    }

    /// A whole number; bounds are inclusive.
    public static func integer(_ range: ClosedRange<Int>? = nil, _ description: String? = nil) -> Self {
        var schema = JSONSchema(.integer)
        schema.minimum = range?.lowerBound
        schema.maximum = range?.upperBound
        schema.description = description
        return schema
    }

    /// A list of values of one schema; bound it by `minItems` and `maxItems`.
    public static func array(of items: JSONSchema) -> Self {
        var schema = JSONSchema(.array)
        schema.items = Boxed(items)
        return schema
    }
}

extension JSONSchema {
    private enum CodingKeys: String, CodingKey {
        case kinds = "type"
        case allowed = "enum"
        case title, description, format, pattern, minimum, maximum, minLength, maxLength, minItems, maxItems, items,
            properties, required, examples
        case additionalProperties
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kinds = try Self.decodeKinds(container)
        title = try container.decodeIfPresent(String.self, forKey: .title)
        description = try container.decodeIfPresent(String.self, forKey: .description)
        format = try container.decodeIfPresent(String.self, forKey: .format)
        pattern = try container.decodeIfPresent(String.self, forKey: .pattern)
        allowed = try container.decodeIfPresent([String].self, forKey: .allowed)
        minimum = try container.decodeIfPresent(Int.self, forKey: .minimum)
        maximum = try container.decodeIfPresent(Int.self, forKey: .maximum)
        minLength = try container.decodeIfPresent(Int.self, forKey: .minLength)
        maxLength = try container.decodeIfPresent(Int.self, forKey: .maxLength)
        minItems = try container.decodeIfPresent(Int.self, forKey: .minItems)
        maxItems = try container.decodeIfPresent(Int.self, forKey: .maxItems)
        items = try container.decodeIfPresent(Boxed<JSONSchema>.self, forKey: .items)
        properties = try container.decodeIfPresent([String: JSONSchema].self, forKey: .properties)
        required = try container.decodeIfPresent([String].self, forKey: .required)
        examples = try container.decodeIfPresent([JSONValue].self, forKey: .examples)
        additionalProperties = try container.decodeIfPresent(Bool.self, forKey: .additionalProperties)
    }

    /// `type` is absent, one name, or a list of names.
    private static func decodeKinds(_ container: KeyedDecodingContainer<CodingKeys>) throws -> [Kind] {
        guard container.contains(.kinds) else { return [] }
        if let one = try? container.decode(Kind.self, forKey: .kinds) { return [one] }
        return try container.decode([Kind].self, forKey: .kinds)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if kinds.count == 1 {
            try container.encode(kinds[0], forKey: .kinds)
        } else if !kinds.isEmpty {
            try container.encode(kinds, forKey: .kinds)
        }
        try container.encodeIfPresent(title, forKey: .title)
        try container.encodeIfPresent(description, forKey: .description)
        try container.encodeIfPresent(format, forKey: .format)
        try container.encodeIfPresent(pattern, forKey: .pattern)
        try container.encodeIfPresent(allowed, forKey: .allowed)
        try container.encodeIfPresent(minimum, forKey: .minimum)
        try container.encodeIfPresent(maximum, forKey: .maximum)
        try container.encodeIfPresent(minLength, forKey: .minLength)
        try container.encodeIfPresent(maxLength, forKey: .maxLength)
        try container.encodeIfPresent(minItems, forKey: .minItems)
        try container.encodeIfPresent(maxItems, forKey: .maxItems)
        try container.encodeIfPresent(items, forKey: .items)
        try container.encodeIfPresent(properties, forKey: .properties)
        try container.encodeIfPresent(required, forKey: .required)
        try container.encodeIfPresent(examples, forKey: .examples)
        try container.encodeIfPresent(additionalProperties, forKey: .additionalProperties)
    }
}

/// A value held by reference, so that a struct may contain its own kind.
public indirect enum Boxed<Value: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
    /// The value itself.
    case value(Value)

    /// Puts a value behind a reference; on the wire it is only the value.
    public init(_ value: Value) { self = .value(value) }

    /// What is inside.
    public var value: Value {
        switch self {
        case .value(let value): value
        }
    }

    public init(from decoder: any Decoder) throws { self = .value(try Value(from: decoder)) }
    public func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
