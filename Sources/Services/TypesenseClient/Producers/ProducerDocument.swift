// A document as its producer wrote it, held against the schema of its collection. Pure: an error names the field.
//
// Members that the schema does not name are kept and shown; nothing can be asked of them.

import Bus
import Contracts

struct ProducerDocument: Sendable, Equatable {
    static let idLength = 1...200

    let id: String
    /// None where its producer keeps none.
    let revision: Int?
    let body: [UInt8]
    /// Of the fields that are indexed and that it has, without doubles.
    let values: [(field: SchemaField, values: [FieldValue])]

    /// - Throws: `Failure` with `invalid_request` naming the field, or `payload_too_large`.
    init(_ text: JSONText, _ schema: CollectionSchema, _ limits: ProducerLimits) throws(Failure) {
        guard text.bytes.count <= limits.documentBytes else {
            throw Failure(
                .payloadTooLarge,
                "The document has \(text.bytes.count) bytes; it may have \(limits.documentBytes)."
            )
        }
        try self.init(text.bytes, members: Self.members(of: text), schema)
    }

    /// One that has been taken before.
    init(stored body: [UInt8], _ schema: CollectionSchema) throws(Failure) {
        try self.init(body, members: Self.members(of: JSONText(trusted: body)), schema)
    }

    private init(_ body: [UInt8], members: [String: JSONValue], _ schema: CollectionSchema) throws(Failure) {
        (id, revision) = (try Self.id(in: members), try Self.revision(in: members))
        self.body = body
        var all: [(field: SchemaField, values: [FieldValue])] = []
        for field in schema.fields {
            guard let values = try Self.values(of: field, members[field.name] ?? .null), field.isIndexed else {
                continue
            }
            all.append((field, values))
        }
        values = all
    }

    /// The members of an object.
    ///
    /// - Throws: `Failure` with `invalid_request`: what is a text instead is what the edge says of a line.
    static func members(of text: JSONText) throws(Failure) -> [String: JSONValue] {
        switch text.value {
        case .object(let members)?: return members
        case .string(let problem)?: throw .invalid("document", problem)
        default: throw .invalid("document", "must be an object")
        }
    }

    static func id(in members: [String: JSONValue]) throws(Failure) -> String {
        guard let id = members["id"], id != .null else { throw .invalid("id", "is required") }
        guard let text = id.string, idLength.contains(text.unicodeScalars.count), !text.unicodeScalars.contains("\0")
        else {
            throw .invalid("id", "must be a string of 1 to \(idLength.upperBound) characters without U+0000")
        }
        return text
    }

    static func revision(in members: [String: JSONValue]) throws(Failure) -> Int? {
        switch members["revision"] ?? .null {
        case .null: return nil
        case .integer(let number) where number >= 0: return number
        case .number(let number) where Int(exactly: number).map({ $0 >= 0 }) == true: return Int(exactly: number)
        default: throw .invalid("revision", "must be an integer from 0 to \(Int.max)")
        }
    }

    private static func values(of field: SchemaField, _ json: JSONValue) throws(Failure) -> [FieldValue]? {
        if json == .null {
            guard field.isOptional else { throw .invalid(field.name, "is required") }
            return nil
        }
        let elements: [JSONValue]
        switch (json, field.isArray) {
        case (.array(let list), true): elements = list
        case (_, false): elements = [json]
        default: throw wrong(field)
        }
        var (values, seen): ([FieldValue], Set<FieldValue>) = ([], [])
        for element in elements {
            guard let value = field.value(element) else { throw wrong(field) }
            if seen.insert(value).inserted { values.append(value) }
        }
        return values.isEmpty ? nil : values
    }

    private static func wrong(_ field: SchemaField) -> Failure {
        .invalid(field.name, "must be \(field.type.words)")
    }

    /// Looked at as a whole, bytes and all.
    static func == (first: ProducerDocument, second: ProducerDocument) -> Bool {
        first.id == second.id && first.body == second.body
    }
}

extension ProducerDocument {
    /// The texts of a field, in the order of the document.
    static func texts(of field: SchemaField, in members: [String: JSONValue]) -> [String] {
        switch members[field.name] ?? .null {
        case .string(let text): [text]
        case .array(let list): list.compactMap(\.string)
        default: []
        }
    }

    /// The same with the members of another instead of its own, byte for byte.
    static func merged(_ own: [UInt8], with other: JSONText) throws -> JSONText {
        var members = try PayloadCoding.decode([String: JSONText].self, from: own[...])
        members.merge(try PayloadCoding.decode([String: JSONText].self, from: other.bytes[...])) { $1 }
        var text: [UInt8] = []
        for (name, value) in members.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            text += [UInt8(ascii: text.isEmpty ? "{" : ",")] + (try PayloadCoding.encode(name))
            text += [UInt8(ascii: ":")] + value.bytes
        }
        return JSONText(trusted: text + [UInt8(ascii: "}")])
    }
}
