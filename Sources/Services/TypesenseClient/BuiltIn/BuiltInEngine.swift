// The index inside the process: SQLite FTS5. The effect and the checkpoint are one transaction, so each event acts exactly once.
//
// Words are found without their accents and their case. It refuses nothing that the contract allows, so it parks only what cannot be read.

package import Bus
package import Contracts
import GRDB
package import Storage

package struct BuiltInEngine: SearchEngine {
    package let collection = "elements"

    private let database: ServiceDatabase

    /// Opens the index. Blocks: call it before serving.
    ///
    /// - Throws: `Failure` with `unavailable` where the file cannot be used.
    package init(_ location: DatabaseLocation) throws {
        database = try ServiceDatabase(location) { migrator in
            migrator.registerMigration("index.1") { db in
                try IndexLedger.create(in: db)
                try DocumentTable.create(in: db)
            }
            migrator.registerMigration("index.2", migrate: IndexLedger.dropParked)
        }
    }

    package func checkpoint() async throws -> Checkpoint? {
        try await database.read { db in try IndexLedger(db: db).checkpoint() }
    }

    package func apply(_ batch: IndexBatch) async throws {
        try await database.write { db in
            let (ledger, documents) = (IndexLedger(db: db), DocumentTable(db: db))
            for change in batch.changes where try ledger.advance(change.id, to: change.revision) {
                try documents.put(change.document, id: change.id)
            }
            try ledger.settle(batch)
        }
    }

    package func reset() async throws {
        try await database.write { db in
            try DocumentTable(db: db).clear()
            try IndexLedger(db: db).clear()
        }
    }

    package func search(_ query: SearchQuery) async throws -> SearchAnswer {
        try await database.read { db in try DocumentTable(db: db).search(query) }
    }

    package func write(_ documents: [SearchDocument]) async throws -> [ParkedDocument] {
        try await database.write { db in
            let table = DocumentTable(db: db)
            for document in documents { try table.put(document, id: document.id) }
            return []
        }
    }

    package func parked() async throws -> [ParkedEvent] {
        try await database.read { db in try ParkedEvents(db).list() }
    }

    package func discard(_ event: Event) async throws {
        try await database.write { db in _ = try ParkedEvents(db).remove(event) }
    }

    package func collections() async throws -> [SearchCollection] {
        let count = try await database.read { db in try DocumentTable(db: db).count() }
        let fields = DocumentField.allCases.map { SearchCollection.Field(name: $0.rawValue, type: $0.type) }
        return [SearchCollection(name: collection, documentCount: count, fields: fields)]
    }
}
