// Documents of other producers, as they bring them, one or many.

public import Bus

/// A document as its producer wrote it, byte for byte: a JSON object with an `id`, and a `revision` where it has one.
public struct DocumentText: Codable, Sendable, Equatable, SchemaProviding {
    public static var schema: JSONSchema {
        var schema = JSONSchema(.object)
        schema.description = "A document; an older revision is never written over a newer one"
        schema.properties = ["id": .string(1...200), "revision": .integer(0...Int.max)]
        schema.required = ["id"]
        schema.additionalProperties = true
        return schema
    }
    public static var sample: DocumentText { DocumentText(JSONText(trusted: Array(#"{"id":"1"}"#.utf8))) }

    /// The whole.
    public let json: JSONText

    /// Whether it is an object with an `id` is looked at by the service.
    public init(_ json: JSONText) { self.json = json }

    public init(from decoder: any Decoder) throws {
        json = try decoder.singleValueContainer().decode(JSONText.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(json)
    }
}

/// Documents to write into the index by hand: elements' (`documents`), or one of a producer's collection, as the original's relay takes it.
public struct SyncDocuments: Codable, Sendable, Equatable {
    /// What to do with a document.
    public enum Action: String, Codable, Sendable, CaseIterable, SchemaProviding {
        /// It must not be there; where it is there just so, nothing is done.
        case create
        /// It must be there; members that are not said stay as they are.
        case update
        /// It need not be there. With a revision, what is older does not come back.
        case delete
    }

    /// 1 to 1000 (`SyncDocuments.counts`).
    public let documents: [SearchDocument]?
    /// With `collectionName` and `document`.
    public let operation: Action?
    /// A producer's.
    public let collectionName: CollectionName?
    /// For `delete`, `id` and `revision` are enough.
    public let document: DocumentText?

    /// More or fewer than `counts` is refused by the service, not here.
    public init(documents: [SearchDocument]) {
        self.documents = documents
        (operation, collectionName, document) = (nil, nil, nil)
    }

    /// One document of a producer's collection.
    public init(_ operation: Action, in collection: CollectionName, _ document: DocumentText) {
        documents = nil
        (self.operation, collectionName, self.document) = (operation, collection, document)
    }

    private enum CodingKeys: String, CodingKey {
        case documents, operation, document
        case collectionName = "collection_name"
    }
}

/// How an index by hand went.
public struct DocumentsSynced: Codable, Sendable, Equatable {
    /// How many were written.
    public let indexed: Int
    /// Those that the engine refused.
    public let refused: [ParkedDocument]
    /// How many were removed; of a producer's collection only.
    public let removed: Int?

    package init(indexed: Int, refused: [ParkedDocument], removed: Int? = nil) {
        (self.indexed, self.refused, self.removed) = (indexed, refused, removed)
    }
}

/// Many documents of one collection; as JSON lines, a document a line. Each is written whatever becomes of the others.
public struct ImportDocuments: Codable, Sendable, Equatable {
    /// More than the topology may allow.
    public static let counts = 1...10_000

    /// A producer's.
    public let collectionName: CollectionName
    /// What was there under the same id is replaced, unless that is newer.
    public let documents: [DocumentText]

    /// More or fewer than `counts`, or than the topology allows, is refused by the service.
    public init(_ documents: [DocumentText], into collection: CollectionName) {
        (self.documents, collectionName) = (documents, collection)
    }

    private enum CodingKeys: String, CodingKey {
        case documents
        case collectionName = "collection_name"
    }
}

extension ImportDocuments: SchemaRefining {
    public static func refine(_ schema: inout JSONSchema) { schema.count("documents", counts) }
}

/// What became of each document of an import, in their order.
public struct DocumentsImported: Codable, Sendable, Equatable {
    /// One of them.
    public struct Line: Codable, Sendable, Equatable {
        /// It is there, or what is there is the same revision.
        public let success: Bool
        /// Why not.
        public let error: String?
        /// As an HTTP status: 400 for what the schema refuses, 409 for an older revision, 413 for what is too large.
        public let code: Int?

        package init(success: Bool, error: String? = nil, code: Int? = nil) {
            (self.success, self.error, self.code) = (success, error, code)
        }
    }

    /// As many as there were documents.
    public let results: [Line]

    package init(results: [Line]) { self.results = results }
}

/// A document by its id.
public struct DocumentReference: Codable, Sendable, Equatable {
    /// As in `SearchDocument.id`, or as its producer called it.
    public let id: SearchText
    /// A producer's; absent, one that was written by hand among the elements.
    public let collectionName: CollectionName?
    /// As of which it is gone: what is newer stays, and what is older does not come back.
    public let revision: Int?

    /// The id is not looked at before it is asked for.
    public init(id: SearchText, collectionName: CollectionName? = nil, revision: Int? = nil) {
        (self.id, self.collectionName, self.revision) = (id, collectionName, revision)
    }

    private enum CodingKeys: String, CodingKey {
        case id, revision
        case collectionName = "collection_name"
    }
}

extension DocumentReference: SchemaRefining {
    public static func refine(_ schema: inout JSONSchema) { schema.bound("revision", from: 0) }
}
