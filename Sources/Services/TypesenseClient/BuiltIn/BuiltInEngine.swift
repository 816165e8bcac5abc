// The index inside the process: SQLite FTS5. The effect and the checkpoint are one transaction, so each event acts exactly once.
//
// It refuses nothing that the contract allows, so it parks only what cannot be read.

package import Bus
package import Contracts
import GRDB
package import Storage
import Synchronization

package final class BuiltInEngine: SearchEngine {
    package let collection: String

    private let database: ServiceDatabase
    /// The ledger lies in the same file, so it is always of this index.
    private static let generation = "builtin"
    /// The index is not as it was left: `checkpoint` empties it.
    private let isDamaged = Mutex(false)

    /// Opens the index. Blocks: call it before serving.
    ///
    /// - Throws: `Failure` with `unavailable` where the file cannot be used.
    package init(_ location: DatabaseLocation, collection: String = "elements") throws {
        self.collection = collection
        database = try ServiceDatabase(location) { migrator in
            migrator.registerMigration("index.1") { db in
                try IndexLedger.create(in: db)
                try DocumentTable.create(in: db)
            }
            migrator.registerMigration("index.2", migrate: IndexLedger.dropParked)
            migrator.registerMigration("index.3") { db in
                try IndexLedger.addEvidence(in: db)
                try WordTable.replaceFirst(in: db)
                try DocumentTable.replaceFirst(in: db)
                try db.execute(sql: "DELETE FROM ledger; DELETE FROM checkpoint; DELETE FROM generation")
                try ParkedEvents(db).clear()
                try db.execute(
                    sql: "INSERT INTO generation (one, name) VALUES (1, ?)",
                    arguments: [Self.generation]
                )
            }
            migrator.registerMigration("index.4") { db in
                try IndexLedger.addPlaces(in: db)
                try DocumentTable.addPlaces(in: db)
            }
        }
    }

    package func checkpoint() async throws -> Checkpoint? {
        if isDamaged.withLock({ $0 }) {
            try await reset()
            isDamaged.withLock { $0 = false }
        }
        return try await database.read { db in try IndexLedger(db: db).checkpoint() }
    }

    package func look() async throws {
        try await noticingDamage {
            try await self.database.write { db in
                try lostIfDamaged { try WordTable.current(in: db).check() }
                let ledger = IndexLedger(db: db)
                let (known, found) = (try ledger.generation()?.documents, try DocumentTable(db: db).count())
                guard known == nil || known == found else { throw IndexLost() }
                try ledger.noteDocuments(found)
            }
        }
    }

    package func apply(_ batch: IndexBatch) async throws {
        try await noticingDamage { try await self.write(batch) }
    }

    private func write(_ batch: IndexBatch) async throws {
        try await database.write { db in
            let (ledger, documents) = (IndexLedger(db: db), DocumentTable(db: db))
            if batch.touchesDocuments { try ledger.noteDocuments(nil) }
            for emptied in batch.emptied {
                for id in try ledger.empty(emptied) { try lostIfDamaged { try documents.remove(id) } }
            }
            for change in batch.changes {
                guard let entry = try ledger.advance(change) else { continue }
                try lostIfDamaged { try documents.put(change.document, id: change.id, at: entry.place) }
            }
            for placement in batch.placements {
                guard let place = try ledger.place(placement)?.place else { continue }
                try lostIfDamaged { try documents.move(placement.id, to: place) }
            }
            try ledger.settle(batch)
        }
    }

    package func reset() async throws {
        try await database.write { db in
            // Words that are damaged cannot even be emptied.
            try WordTable.dropTriggers(in: db)
            try DocumentTable(db: db).clear()
            try WordTable.remake(in: db)
            try IndexLedger(db: db).begin(Self.generation)
        }
    }

    package func search(_ query: SearchQuery) async throws -> SearchAnswer {
        try await noticingDamage {
            try await self.database.read { db in try lostIfDamaged { try DocumentTable(db: db).search(query) } }
        }
    }

    private func noticingDamage<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let lost as IndexLost {
            isDamaged.withLock { $0 = true }
            throw lost
        }
    }

    package func write(_ documents: [SearchDocument]) async throws -> [ParkedDocument] {
        try await database.write { db in
            let table = DocumentTable(db: db)
            try IndexLedger(db: db).noteDocuments(nil)
            for document in documents { try table.put(document, id: document.id, at: nil) }
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

/// What SQLite says of a damaged index comes in many codes; of our own statements, each means that their table is not what it was.
private func lostIfDamaged<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as DatabaseError {
        guard [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR].contains(error.resultCode) else { throw error }
        throw IndexLost()
    }
}
