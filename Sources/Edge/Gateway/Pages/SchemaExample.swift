// A value that a schema takes, for people to begin with: what is required, the least of each. Pure.
//
// Of a pattern it knows nothing: where a schema has no example, a text is its name, as long as it must be. Schemas are what peers say of
// themselves: their numbers may be any, and what they ask for is made only as far as anybody would read it.

internal import Bus

struct SchemaExample {
    /// Deeper than this nobody's request goes.
    private static let deepest = 8
    /// So many values an example has at most, and so many bytes again of what is in a list more than once.
    private static let most = 4096
    private static let longestText = 256
    private static let longestList = 4

    private var left = most

    /// `name` is what a text without rules says.
    static func of(_ schema: JSONSchema, named name: String = "value") -> JSONValue {
        var example = SchemaExample()
        return example.value(of: schema, named: name, 0)
    }

    private mutating func value(of schema: JSONSchema, named name: String, _ depth: Int) -> JSONValue {
        if let example = schema.examples?.first { return example }
        if let first = schema.allowed?.first { return .string(first) }
        left -= 1
        guard depth < Self.deepest, left > 0 else { return .null }
        switch schema.kinds.first {
        case .object: return object(schema, depth)
        case .array: return array(schema, name, depth)
        case .string: return .string(Self.text(schema, name))
        case .integer, .number: return .integer(max(schema.minimum ?? 1, min(1, schema.maximum ?? 1)))
        case .boolean: return .bool(true)
        case .null, nil: return .null
        }
    }

    /// Each member once, however often it is required.
    private mutating func object(_ schema: JSONSchema, _ depth: Int) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for name in Set(schema.required ?? []).sorted() {
            guard let member = schema.properties?[name] else { continue }
            members[name] = value(of: member, named: name, depth + 1)
        }
        return .object(members)
    }

    private mutating func array(_ schema: JSONSchema, _ name: String, _ depth: Int) -> JSONValue {
        let wanted = min(max(1, schema.minItems ?? 1), max(0, schema.maxItems ?? .max), Self.longestList)
        guard wanted > 0 else { return .array([]) }
        let element = value(of: schema.items?.value ?? .any, named: name, depth + 1)
        return .array([JSONValue](repeating: element, count: 1 + copies(of: element, wanted - 1)))
    }

    /// How many there may be: lists in lists in lists would be very long ones.
    private mutating func copies(of element: JSONValue, _ wanted: Int) -> Int {
        guard wanted > 0 else { return 0 }
        let size = Self.size(element)
        let copies = min(wanted, max(0, left) / size)
        left -= copies * size
        return copies
    }

    /// Values, and bytes of texts.
    private static func size(_ value: JSONValue) -> Int {
        switch value {
        case .string(let text): 1 + text.utf8.count
        case .array(let elements): elements.reduce(1) { $0 + size($1) }
        case .object(let members): members.reduce(1) { $0 + $1.key.utf8.count + size($1.value) }
        default: 1
        }
    }

    private static func text(_ schema: JSONSchema, _ name: String) -> String {
        let missing = max(0, schema.minLength ?? 0) - name.unicodeScalars.count
        let long = name + String(repeating: "x", count: max(0, min(missing, longestText)))
        return String(String.UnicodeScalarView(long.unicodeScalars.prefix(max(0, schema.maxLength ?? .max))))
    }
}
