// Collections of other producers: whoever has documents of their own says what fields they have, and brings them (ADR 0058).
//
// What is not known to both engines is refused by name.

public import Bus

/// The name of a collection that somebody made.
public struct CollectionName: TextValue {
    public static let rule = "must be a lower-case letter, then up to 63 lower-case letters, digits, _ or -"
    public static let schema = JSONSchema.string(1...64, pattern: "^[a-z][a-z0-9_-]*$", "The name of a collection")
    public static let sample = CollectionName(checked: "books")

    public let text: String

    public init?(_ text: String) {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, Self.isFirst(first),
            text.utf8.allSatisfy({ Self.isFirst($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D })
        else { return nil }
        self.init(checked: text)
    }

    private init(checked text: String) { self.text = text }

    private static func isFirst(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
}

/// The name of a field of a producer's documents. `id` is there in each and is not declared.
public struct FieldName: TextValue {
    public static let rule = "must be a letter or _, then up to 63 letters, digits or _, and not id"
    public static let schema = JSONSchema.string(
        1...64,
        pattern: "^(?!id$)[A-Za-z_][A-Za-z0-9_]*$",
        "The name of a field"
    )
    public static let sample = FieldName(checked: "title")

    public let text: String

    public init?(_ text: String) {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, Self.isFirst(first),
            text.utf8.allSatisfy({ Self.isFirst($0) || (0x30...0x39).contains($0) }), text != "id"
        else { return nil }
        self.init(checked: text)
    }

    private init(checked text: String) { self.text = text }

    private static func isFirst(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) || byte == 0x5F }
}

/// What a field of a producer's documents holds.
public enum FieldType: String, Codable, Sendable, CaseIterable, SchemaProviding {
    /// Words can be looked for in it.
    case string
    /// 32 bits with a sign.
    case int32
    /// 64 bits with a sign, but for the least of them.
    case int64
    /// As a `Double`.
    case float
    /// Nothing else than true and false.
    case bool
    /// A list of texts; words can be looked for in each.
    case strings = "string[]"
    /// A list; a condition is met where one of it meets it.
    case int32s = "int32[]"
    /// The same.
    case int64s = "int64[]"
    /// The same.
    case floats = "float[]"
    /// The same.
    case bools = "bool[]"
}

/// A collection to be made.
public struct NewCollection: Codable, Sendable, Equatable {
    /// What the documents have.
    public struct Field: Codable, Sendable, Equatable {
        /// As members of documents, and questions, have it.
        public let name: FieldName
        /// A document with another type is refused.
        public let type: FieldType
        /// Whether its values can be counted (`facet_by`).
        public let facet: Bool?
        /// Whether a document may be without it.
        public let optional: Bool?
        /// False: it is kept and shown, and nothing can be asked of it.
        public let index: Bool?

        /// What is left out is false, and `index` is true.
        public init(
            name: FieldName,
            type: FieldType,
            facet: Bool? = nil,
            optional: Bool? = nil,
            index: Bool? = nil
        ) {
            (self.name, self.type) = (name, type)
            (self.facet, self.optional, self.index) = (facet, optional, index)
        }
    }

    /// Of all collections of the ecosystem, whatever the engine calls what is behind it.
    public let name: CollectionName
    /// Each name once. Members of a document that are not among them are kept and shown.
    public let fields: [Field]
    /// A number by which hits are sorted, the largest first, where nothing else says how.
    public let defaultSortingField: FieldName?

    /// What does not fit together is refused by the service, naming the field.
    public init(name: CollectionName, fields: [Field], defaultSortingField: FieldName? = nil) {
        (self.name, self.fields, self.defaultSortingField) = (name, fields, defaultSortingField)
    }

    private enum CodingKeys: String, CodingKey {
        case name, fields
        case defaultSortingField = "default_sorting_field"
    }
}

extension NewCollection: SchemaRefining {
    /// More than the topology may allow.
    public static let counts = 1...500

    public static func refine(_ schema: inout JSONSchema) { schema.count("fields", counts) }
}
