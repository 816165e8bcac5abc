// Holds a JSON value against a schema and collects everything that is wrong with it, not only the first thing.
//
// Pure. `format` is an annotation, as JSON Schema 2020-12 has it by default. Depth is bounded by the value's (`JSONReader.deepest`); the
// list of problems is cut at `mostProblems`, names that came from outside at 64 characters: the answer must not be larger than the question.

internal import Bus

struct SchemaValidator {
    static let mostProblems = 32

    private var problems: [Failure.Field] = []

    /// What is wrong with `value`; empty for nothing.
    static func problems(of value: JSONValue, against schema: JSONSchema) -> [Failure.Field] {
        var validator = SchemaValidator()
        validator.check(value, schema, at: "")
        return validator.problems
    }

    private mutating func check(_ value: JSONValue, _ schema: JSONSchema, at path: String) {
        guard problems.count < Self.mostProblems else { return }
        guard schema.kinds.isEmpty || schema.kinds.contains(where: value.isOf) else {
            return add(path, "must be \(Self.names(of: schema.kinds))")
        }
        switch value {
        case .object(let members): check(members, schema, at: path)
        case .array(let elements): check(elements, schema, at: path)
        case .string(let text): check(text, schema, at: path)
        case .integer(let number): check(Double(number), exactly: number, schema, at: path)
        case .number(let number):
            let integer = Int(exactly: number)
            if integer == nil, schema.isInteger { return addBeyond(number, schema, at: path) }
            check(number, exactly: integer, schema, at: path)
        case .bool, .null: break
        }
    }

    private mutating func check(_ members: [String: JSONValue], _ schema: JSONSchema, at path: String) {
        for name in schema.required ?? [] where members[name] == nil { add(Self.join(path, name), "is required") }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if let property = schema.properties?[name] {
                check(value, property, at: Self.join(path, name))
            } else if schema.additionalProperties == false {
                add(Self.join(path, String(name.prefix(64))), "is not a known field")
            }
        }
    }

    private mutating func check(_ elements: [JSONValue], _ schema: JSONSchema, at path: String) {
        if let least = schema.minItems, elements.count < least {
            add(path, least == 1 ? "must not be empty" : "must have at least \(least) elements")
        }
        if let most = schema.maxItems, elements.count > most { add(path, "must have at most \(most) elements") }
        guard let items = schema.items?.value else { return }
        for (index, element) in elements.enumerated() { check(element, items, at: Self.join(path, "\(index)")) }
    }

    private mutating func check(_ text: String, _ schema: JSONSchema, at path: String) {
        if let allowed = schema.allowed, !allowed.contains(text) {
            add(path, "must be one of \(allowed.joined(separator: ", "))")
        }
        guard schema.minLength != nil || schema.maxLength != nil else { return }
        let length = text.unicodeScalars.count
        if let least = schema.minLength, length < least {
            add(path, least == 1 ? "must not be empty" : "must have at least \(least) characters")
        }
        if let most = schema.maxLength, length > most { add(path, "must have at most \(most) characters") }
    }

    private mutating func check(_ number: Double, exactly integer: Int?, _ schema: JSONSchema, at path: String) {
        if let least = schema.minimum, integer.map({ $0 < least }) ?? (number < Double(least)) {
            add(path, "must be at least \(least)")
        }
        if let most = schema.maximum, integer.map({ $0 > most }) ?? (number > Double(most)) {
            add(path, "must be at most \(most)")
        }
    }

    /// A whole number that no integer here holds: it is not of another kind, it is too large or too small.
    private mutating func addBeyond(_ number: Double, _ schema: JSONSchema, at path: String) {
        let least = schema.minimum ?? .min
        add(path, number > 0 ? "must be at most \(schema.maximum ?? .max)" : "must be at least \(least)")
    }

    private mutating func add(_ path: String, _ problem: String) {
        guard problems.count < Self.mostProblems else { return }
        problems.append(Failure.Field(path.isEmpty ? "body" : path, problem))
    }

    private static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// `a string`, `an integer or a list`; null goes without saying, it is how an optional field is left out.
    private static func names(of kinds: [JSONSchema.Kind]) -> String {
        let told = kinds.count > 1 ? kinds.filter { $0 != .null } : kinds
        return told.map(\.words).joined(separator: " or ")
    }
}

extension JSONValue {
    fileprivate func isOf(_ kind: JSONSchema.Kind) -> Bool {
        switch (self, kind) {
        case (.null, .null), (.bool, .boolean), (.integer, .integer), (.integer, .number), (.number, .number),
            (.string, .string), (.array, .array), (.object, .object):
            true
        // 1.0 is an integer (JSON Schema 2020-12, 4.2.3), as it is to whoever decodes it.
        case (.number(let number), .integer): number.rounded() == number
        default: false
        }
    }
}

extension JSONSchema {
    /// Whether a number here has to be whole.
    fileprivate var isInteger: Bool { kinds.contains(.integer) && !kinds.contains(.number) }
}

extension JSONSchema.Kind {
    /// With its article: `an integer`.
    var words: String {
        switch self {
        case .object: "an object"
        case .array: "a list"
        case .string: "a string"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "true or false"
        case .null: "null"
        }
    }
}
