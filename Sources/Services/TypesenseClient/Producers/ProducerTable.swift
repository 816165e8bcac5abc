// Collections of other producers and their documents, in SQLite whatever the engine: the documents as they came, their revisions, and what the
// index has not had yet.
//
//     producer_collection(number, name, definition, generation, documents, ids)
//     producer_document(row, collection, id, revision, body, change, is_pending, refusal)
//         body          none of one that is gone; it stays where it has a revision, so that an older write does not bring it back
//         change        grows with each write, so that what was written meanwhile stays pending
//         is_pending    the index has not had it
//         refusal       why the index did not take it

import Bus
import Contracts
import Storage

struct ProducerTable {
    /// What waits for the index.
    struct Pending: Sendable {
        let row: Int64
        let change: Int64
        let body: [UInt8]?
    }

    let transaction: any Transaction

    init(_ transaction: any Transaction) { self.transaction = transaction }

    static let create = DDL(
        tables: """
            CREATE TABLE producer_collection (
                number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, definition BLOB NOT NULL,
                generation TEXT NOT NULL, documents INTEGER NOT NULL, ids INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE producer_document (
                row INTEGER PRIMARY KEY, collection INTEGER NOT NULL, id TEXT NOT NULL, revision INTEGER, body BLOB,
                change INTEGER NOT NULL, is_pending INTEGER NOT NULL, refusal TEXT, UNIQUE (collection, id)
            ) STRICT;
            CREATE INDEX producer_pending ON producer_document (collection, row) WHERE is_pending = 1;
            CREATE INDEX producer_refused ON producer_document (collection) WHERE refusal IS NOT NULL
            """
    )

    // MARK: Collections

    private static let columns = "number, definition, generation, documents, ids"
    private static let all = SQL("SELECT \(columns) FROM producer_collection ORDER BY name")
    private static let named = SQL("SELECT \(columns) FROM producer_collection WHERE name = $1")
    private static let add: SQL = """
        INSERT INTO producer_collection (name, definition, generation, documents, ids) VALUES ($1, $2, $3, 0, 0)
        """
    private static let begin: SQL = "UPDATE producer_collection SET generation = $1 WHERE number = $2"
    private static let everyone: SQL = """
        UPDATE producer_document SET is_pending = 1, change = change + 1 WHERE collection = $1
        """

    func collections() throws -> [ProducerCollection] { try transaction.rows(Self.all, [], collection) }

    func collection(_ name: String) throws -> ProducerCollection? {
        try transaction.row(Self.named, [.text(name)], collection)
    }

    func add(_ schema: CollectionSchema, _ generation: String) throws {
        let definition = try PayloadCoding.encode(schema.definition)
        try transaction.run(Self.add, [.text(schema.name), .bytes(definition), .text(generation)])
    }

    func remove(_ collection: ProducerCollection) throws {
        for table in ["producer_document WHERE collection", "producer_collection WHERE number"] {
            try transaction.run(SQL("DELETE FROM \(table) = $1"), [.int(collection.number)])
        }
    }

    /// Another index begins: it has had nothing.
    func begin(_ collection: ProducerCollection, _ generation: String) throws {
        try transaction.run(Self.begin, [.text(generation), .int(collection.number)])
        try transaction.run(Self.everyone, [.int(collection.number)])
    }

    private func collection(_ row: any Row) throws -> ProducerCollection {
        ProducerCollection(
            number: row.int(0),
            schema: try CollectionSchema(PayloadCoding.decode(NewCollection.self, from: row.bytes(1)[...])),
            generation: row.text(2),
            documents: row.int(3),
            ids: row.int(4)
        )
    }

    // MARK: Documents

    private static let known: SQL = "SELECT revision, body FROM producer_document WHERE collection = $1 AND id = $2"
    private static let put: SQL = """
        INSERT INTO producer_document (collection, id, revision, body, change, is_pending, refusal)
        VALUES ($1, $2, $3, $4, 1, 1, NULL)
        ON CONFLICT (collection, id) DO UPDATE SET
            revision = excluded.revision, body = excluded.body, change = change + 1, is_pending = 1, refusal = NULL
        """
    private static let count: SQL = """
        UPDATE producer_collection SET documents = documents + $1, ids = ids + $2 WHERE number = $3
        """
    private static let body: SQL = "SELECT body FROM producer_document WHERE row = $1 AND body IS NOT NULL"
    private static let refusal: SQL = """
        SELECT refusal FROM producer_document WHERE collection = $1 AND id = $2 AND refusal IS NOT NULL
        """

    private static let refused: SQL = """
        SELECT count(*) FROM producer_document WHERE collection = $1 AND refusal IS NOT NULL
        """

    /// Documents that the index should have.
    func indexed(_ collection: ProducerCollection) throws -> Int {
        collection.documents - (try transaction.row(Self.refused, [.int(collection.number)]) { $0.int(0) } ?? 0)
    }

    func known(_ id: String, in collection: ProducerCollection) throws -> DocumentFence.Known? {
        try transaction.row(Self.known, [.int(collection.number), .text(id)]) { row in
            DocumentFence.Known(revision: row.intIfAny(0), body: row.bytesIfAny(1))
        }
    }

    /// Writes a document, or that it is gone.
    func put(
        _ id: String,
        _ next: DocumentFence.Known,
        instead known: DocumentFence.Known?,
        in collection: ProducerCollection
    ) throws {
        let number = SQLValue.int(collection.number)
        try transaction.later(Self.put, [number, .text(id), .int(next.revision), .bytes(next.body)])
        let more = (next.body == nil ? 0 : 1) - (known?.body == nil ? 0 : 1)
        try transaction.later(Self.count, [.int(more), .int(known == nil ? 1 : 0), number])
    }

    func body(_ row: Int64) throws -> [UInt8]? { try transaction.row(Self.body, [.integer(row)]) { $0.bytes(0) } }

    /// Why the index did not take what is there.
    func refusal(_ id: String, in collection: ProducerCollection) throws -> String? {
        try transaction.row(Self.refusal, [.int(collection.number), .text(id)]) { $0.text(0) }
    }

    // MARK: What the index has not had

    private static let waiting: SQL = "SELECT 1 FROM producer_document WHERE collection = $1 AND is_pending = 1 LIMIT 1"
    private static let pending: SQL = """
        SELECT row, change, body FROM producer_document WHERE collection = $1 AND is_pending = 1 ORDER BY row LIMIT $2
        """
    private static let settle: SQL = """
        UPDATE producer_document SET is_pending = 0, refusal = $1 WHERE row = $2 AND change = $3
        """
    private static let forget: SQL = """
        DELETE FROM producer_document WHERE row = $1 AND change = $2 AND body IS NULL AND revision IS NULL
        """

    func isWaiting(_ collection: ProducerCollection) throws -> Bool {
        try transaction.exists(Self.waiting, [.int(collection.number)])
    }

    func pending(_ collection: ProducerCollection, most: Int) throws -> [Pending] {
        try transaction.rows(Self.pending, [.int(collection.number), .int(most)]) { row in
            Pending(row: row.integer(0), change: row.integer(1), body: row.bytesIfAny(2))
        }
    }

    /// The index has it, unless it was written again meanwhile. What is gone and has no revision is forgotten.
    func settle(_ pending: Pending, refusal: String?, in collection: ProducerCollection) throws {
        let place: [SQLValue] = [.integer(pending.row), .integer(pending.change)]
        try transaction.run(Self.settle, [.text(refusal)] + place)
        guard pending.body == nil, try transaction.run(Self.forget, place) > 0 else { return }
        try transaction.later(Self.count, [.int(0), .int(-1), .int(collection.number)])
    }
}
