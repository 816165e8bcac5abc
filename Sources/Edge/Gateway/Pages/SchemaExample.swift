// A value that a schema takes, for people to begin with: what is required, the least of each. Pure.
//
// Of a pattern it knows nothing: where a schema has no example, a text is its name, as long as it must be.

internal import Bus

enum SchemaExample {
    /// Deeper than this nobody's request goes.
    private static let deepest = 8

    /// `name` is what a text without rules says.
    static func of(_ schema: JSONSchema, named name: String = "value", depth: Int = 0) -> JSONValue {
        if let example = schema.examples?.first { return example }
        if let first = schema.allowed?.first { return .string(first) }
        guard depth < deepest else { return .null }
        switch schema.kinds.first {
        case .object: return object(schema, depth)
        case .array: return array(schema, name, depth)
        case .string: return .string(text(schema, name))
        case .integer, .number: return .integer(max(schema.minimum ?? 1, min(1, schema.maximum ?? 1)))
        case .boolean: return .bool(true)
        case .null, nil: return .null
        }
    }

    private static func object(_ schema: JSONSchema, _ depth: Int) -> JSONValue {
        let required = schema.required ?? []
        let members = required.compactMap { name in
            schema.properties?[name].map { (name, of($0, named: name, depth: depth + 1)) }
        }
        return .object(Dictionary(members) { first, _ in first })
    }

    private static func array(_ schema: JSONSchema, _ name: String, _ depth: Int) -> JSONValue {
        let count = max(1, min(schema.minItems ?? 1, 4))
        let element = of(schema.items?.value ?? .any, named: name, depth: depth + 1)
        return .array([JSONValue](repeating: element, count: min(count, schema.maxItems ?? count)))
    }

    private static func text(_ schema: JSONSchema, _ name: String) -> String {
        let missing = (schema.minLength ?? 0) - name.unicodeScalars.count
        let long = name + String(repeating: "x", count: max(0, min(missing, 256)))
        return String(String.UnicodeScalarView(long.unicodeScalars.prefix(schema.maxLength ?? .max)))
    }
}
