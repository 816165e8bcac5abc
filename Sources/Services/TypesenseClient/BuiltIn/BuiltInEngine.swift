// The index inside the process: SQLite FTS5. The effect and the checkpoint are one transaction, so each event acts exactly once. What comes of
// events does not wait for the disk: where the machine fails the index has an earlier checkpoint, and they come again (ADR 0061). All else does.
//
// It refuses nothing that the contract allows, so it parks only what cannot be read.

package import Bus
package import Contracts
package import Storage
import Synchronization

package final class BuiltInEngine: SearchEngine {
    package let collection: String

    private let database: DurableStore
    /// The ledger lies in the same file, so it is always of this index.
    private static let generation = "builtin"
    /// The index is not as it was left: `checkpoint` empties it.
    private let isDamaged = Mutex(false)
    let words = KnownWords()

    /// Opens the index. Blocks: call it before serving.
    ///
    /// - Throws: `Failure` with `unavailable` where the file cannot be used.
    package init(_ location: DatabaseLocation, collection: String = "elements") throws {
        self.collection = collection
        database = try DurableStore(location, migrations: Self.migrations)
    }

    /// On SQLite, whatever the other stores are on.
    private static let migrations = [
        step("index.1", IndexLedger.create, DocumentTable.making),
        step("index.2", IndexLedger.dropParked),
        // An index whose words were made by FTS5's own rule is filled again.
        step(
            "index.3",
            IndexLedger.addEvidence,
            """
            \(WordTable.removingUnnumbered)
            DROP TABLE document;
            \(DocumentTable.making)
            \(WordTable.making)
            DELETE FROM ledger; DELETE FROM checkpoint; DELETE FROM generation; DELETE FROM parked_event;
            INSERT INTO generation (one, name) VALUES (1, '\(generation)');
            """
        ),
        step("index.4", IndexLedger.addPlaces, DocumentTable.addingPlaces),
        step("index.5", IndexLedger.gatherCounts),
        // An index without a lexicon is filled again.
        step("lexicon.1", Lexicon.create + IndexLedger.beginAgain, "DELETE FROM document"),
        Migration("index.6", DDL(sqlite: DocumentTable.ordering, postgreSQL: "")),
        Migration("index.7", DDL(sqlite: DocumentTable.proportions, postgreSQL: ""), expands: true),
    ]

    private static func step(_ name: String, _ ledger: DDL, _ documents: String = "") -> Migration {
        Migration(name, ledger + DDL(sqlite: documents, postgreSQL: ""))
    }

    package func checkpoint() async throws -> Checkpoint? {
        if isDamaged.withLock({ $0 }) {
            try await reset()
            isDamaged.withLock { $0 = false }
        }
        return try await database.read { try IndexLedger($0).checkpoint() }
    }

    package func look() async throws {
        try await noticingDamage {
            try await self.database.write { transaction in
                try lostIfDamaged { try WordTable.current(in: transaction).check() }
                let ledger = IndexLedger(transaction)
                let (known, found) = (try ledger.generation()?.documents, try DocumentTable(transaction).count())
                guard known == nil || known == found else { throw IndexLost() }
                try ledger.noteDocuments(found)
            }
        }
    }

    package func apply(_ batch: IndexBatch) async throws {
        try await noticingDamage { try await self.write(batch) }
    }

    private func write(_ batch: IndexBatch) async throws {
        let known = words
        let fresh = try await database.write(.eventual) { transaction in
            let (ledger, documents) = (IndexLedger(transaction), DocumentTable(transaction))
            if batch.touchesDocuments { try ledger.noteDocuments(nil) }
            for emptied in batch.emptied {
                for id in try ledger.empty(emptied) { _ = try lostIfDamaged { try documents.remove(id) } }
            }
            for change in batch.changes {
                guard let entry = try ledger.advance(change) else { continue }
                try lostIfDamaged { try documents.put(change, at: entry.place) }
            }
            for placement in batch.placements {
                guard let place = try ledger.place(placement)?.place else { continue }
                try lostIfDamaged { try documents.move(placement.id, to: place) }
            }
            try ledger.settle(batch)
            return try known.add(batch.words, to: Lexicon(transaction))
        }
        known.note(fresh)
    }

    package func reset() async throws {
        let known = words
        try await database.write { transaction in
            // Words that are damaged cannot even be emptied.
            try WordTable.dropTriggers(in: transaction)
            try DocumentTable(transaction).clear()
            try WordTable.remake(in: transaction)
            try IndexLedger(transaction).begin(Self.generation)
            known.forget()
        }
    }

    package func search(_ query: SearchQuery) async throws -> SearchAnswer {
        try await noticingDamage {
            try await self.database.read { transaction in
                try lostIfDamaged { try DocumentTable(transaction).search(query) }
            }
        }
    }

    /// For what is asked and done besides events: our own statements, so what SQLite says of them it says of a damaged index.
    func reading<Value: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try await noticingDamage {
            try await self.database.read { transaction in try lostIfDamaged { try body(transaction) } }
        }
    }

    func writing<Value: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value {
        try await noticingDamage {
            try await self.database.write { transaction in try lostIfDamaged { try body(transaction) } }
        }
    }

    private func noticingDamage<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let lost as IndexLost {
            isDamaged.withLock { $0 = true }
            throw lost
        }
    }

    package func lexicon<Value: Sendable>(_ body: @escaping @Sendable (Lexicon) throws -> Value) async throws -> Value {
        try await database.read { try body(Lexicon($0)) }
    }

    package func write(_ documents: [SearchDocument]) async throws -> [ParkedDocument] {
        let (known, changes) = (words, documents.map(IndexChange.init(byHand:)))
        let fresh = try await database.write { transaction in
            let table = DocumentTable(transaction)
            try IndexLedger(transaction).noteDocuments(nil)
            for change in changes { try table.put(change, at: nil) }
            return try known.add(changes.words, to: Lexicon(transaction))
        }
        known.note(fresh)
        return []
    }

    package func remove(byHand id: String) async throws -> Bool {
        try await database.write { transaction in
            let ledger = IndexLedger(transaction)
            try ledger.refuseElement(id)
            try ledger.noteDocuments(nil)
            return try DocumentTable(transaction).remove(id)
        }
    }

    package func parked() async throws -> [ParkedEvent] {
        try await database.read { try ParkedEvents($0).list() }
    }

    package func parkedCount() async throws -> Int { try await database.read { try ParkedEvents($0).count() } }

    package func discard(_ event: Event) async throws {
        try await database.write { _ = try ParkedEvents($0).remove(event) }
    }

    package func collections() async throws -> [SearchCollection] {
        let count = try await database.read { try DocumentTable($0).count() }
        let fields = DocumentField.allCases.map { SearchCollection.Field(name: $0.rawValue, type: $0.type) }
        return [SearchCollection(name: collection, documentCount: count, fields: fields)]
    }
}

/// What SQLite says of a damaged index comes in many codes; of our own statements, each means that their table is not what it was, unless it
/// is about the statement alone.
func lostIfDamaged<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as StoreError {
        guard [.damaged, .other].contains(error.kind), !error.isOfTheStatement else { throw error }
        throw IndexLost()
    }
}

extension StoreError {
    /// Too much was asked at once, which SQLite says in words alone: of a sound index as well.
    fileprivate var isOfTheStatement: Bool {
        let words = [
            "too many ", "parser stack overflow", "Expression tree is too large", "string or blob too big",
            "fts5: parser stack overflow", "fts5: syntax error", "fts5 expression tree is too large",
        ]
        return kind == .other && words.contains { message.utf8.starts(with: $0.utf8) }
    }
}
