// Any JSON value, for the few places where the shape is the caller's business.

/// A JSON value to look at. A number that Swift cannot hold exactly is the nearest `number`; for bytes as sent there is
/// `JSONText`.
public enum JSONValue: Codable, Sendable, Equatable {
    /// The value `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number that an `Int` holds.
    case integer(Int)
    /// Any other number.
    case number(Double)
    /// As Unicode; escapes are resolved.
    case string(String)
    /// In the order of the text.
    case array([JSONValue])
    /// Without the order of its members.
    case object([String: JSONValue])

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // Ordered by how often each occurs: a failed attempt costs a thrown error.
        if let string = try? container.decode(String.self) {
            self = .string(string)
        } else if let integer = try? container.decode(Int.self) {
            self = .integer(integer)
        } else if let object = try? container.decode([String: JSONValue].self) {
            self = .object(object)
        } else if let array = try? container.decode([JSONValue].self) {
            self = .array(array)
        } else if let bool = try? container.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if container.decodeNil() {
            self = .null
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a JSON value")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONValue: SchemaProviding {
    public static var schema: JSONSchema { .any }
    public static var sample: JSONValue { .null }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByDictionaryLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { $1 })
    }
}

extension JSONValue {
    /// A member of an object; `.null` where there is none, or this is no object.
    public subscript(_ key: String) -> JSONValue {
        if case .object(let fields) = self { return fields[key] ?? .null }
        return .null
    }

    /// An element of an array, the first is 0; `.null` where there is none, or this is no array.
    public subscript(_ index: Int) -> JSONValue {
        if case .array(let items) = self, items.indices.contains(index) { return items[index] }
        return .null
    }

    /// The text, where it is one.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// The whole number, where it is one.
    public var integer: Int? { if case .integer(let number) = self { number } else { nil } }
    /// The elements of an array; none of anything else.
    public var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
}
