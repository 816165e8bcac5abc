// The schemas of a document that have names, each once: `components/schemas`. Pure.
//
//     title KMS.Tokens         ──> Tokens              the last word, where only one title ends with it
//     title Failure.Field      ──> FailureField        all of it, where two do
//     no title                 ──> written where it stands
//
// What two services call by one name and mean differently gets a number: it is never mixed up. It refuses titles of others that are no names.

internal import Bus

struct SchemaNames: Sendable {
    /// What each title stands for: one schema, unless services disagree.
    private var variants: [String: [JSONSchema]] = [:]
    private var names: [String: [String]] = [:]

    /// - Parameter schemas: All that the document has, with all that is within them.
    init(_ schemas: [JSONSchema]) {
        for schema in schemas { collect(schema) }
        let users = Dictionary(grouping: variants.keys, by: Self.lastWord).mapValues(\.count)
        var taken: Set<String> = []
        for (title, schemas) in variants.sorted(by: { $0.key < $1.key }) {
            let word = Self.lastWord(title)
            let base = users[word] == 1 ? word : title.replacing(".", with: "")
            names[title] = schemas.map { _ in Self.free(base, &taken) }
        }
    }

    private mutating func collect(_ schema: JSONSchema) {
        for part in schema.properties?.values.map(\.self) ?? [] { collect(part) }
        if let items = schema.items?.value { collect(items) }
        guard let title = Self.title(of: schema) else { return }
        let own = Self.plain(schema)
        if variants[title]?.contains(own) != true { variants[title, default: []].append(own) }
    }

    /// A title made of an operation's name: `service_a.sequence` and `Body` are `ServiceASequenceBody`.
    static func title(_ operation: String, _ what: String) -> String {
        let words = operation.utf8.split { !PathTemplate.isAlphanumeric($0) }
        return words.map { Substring($0.prefix(1)).uppercased() + Substring($0.dropFirst()) }.joined() + what
    }

    private static func title(of schema: JSONSchema) -> String? {
        schema.title.flatMap { JSONSchema.isTitle($0) ? $0 : nil }
    }

    private static func lastWord(_ title: String) -> String {
        title.utf8.split(separator: UInt8(ascii: ".")).last.map { String(Substring($0)) } ?? title
    }

    private static func free(_ base: String, _ taken: inout Set<String>) -> String {
        var (name, number) = (base, 1)
        while !taken.insert(name).inserted {
            number += 1
            name = "\(base)\(number)"
        }
        return name
    }

    /// As it is wherever it stands: whether it may be absent is said there.
    private static func plain(_ schema: JSONSchema) -> JSONSchema {
        var plain = schema
        plain.kinds.removeAll { $0 == .null }
        return plain
    }

    // MARK: Writing

    /// `components/schemas`.
    var components: [String: JSONValue] {
        var components: [String: JSONValue] = [:]
        for (title, schemas) in variants {
            for (name, schema) in zip(names[title] ?? [], schemas) { components[name] = written(schema) }
        }
        return components
    }

    /// A schema where it is used: by its name where it has one.
    func value(_ schema: JSONSchema) -> JSONValue {
        guard let reference = reference(schema) else { return written(schema) }
        guard schema.kinds.contains(.null) else { return reference }
        return .object(["anyOf": .array([reference, .object(["type": .string("null")])])])
    }

    private func reference(_ schema: JSONSchema) -> JSONValue? {
        guard let title = Self.title(of: schema),
            let index = variants[title]?.firstIndex(of: Self.plain(schema)), let name = names[title]?[index]
        else { return nil }
        return .object(["$ref": .string("#/components/schemas/\(name)")])
    }

    /// In full, but for what has names within it. Integers say where ours end.
    private func written(_ schema: JSONSchema) -> JSONValue {
        var own = schema
        (own.title, own.items, own.properties) = (nil, nil, nil)
        if schema.kinds.contains(.integer) {
            (own.minimum, own.maximum) = (schema.minimum ?? .min, schema.maximum ?? .max)
        }
        guard case .object(var members) = OpenAPI.schema(own) else { return .object([:]) }
        if let items = schema.items?.value { members["items"] = value(items) }
        if let properties = schema.properties { members["properties"] = .object(properties.mapValues(value)) }
        return .object(members)
    }
}
