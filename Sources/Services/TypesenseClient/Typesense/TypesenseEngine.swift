// The index in Typesense 0.24.1, which knows neither versions nor transactions. What makes it exact lies beside it in SQLite:
//
//     1 reserve   ledger: revisions about to be written; what is older than a reserved one is left out
//     2 write     JSONL import and deletes; every line's success is checked
//     3 confirm   ledger: checkpoint moves, refused documents are parked
//
// Killed between 1 and 3, the same events come again: of a document whose newest state may be there already, only that state or a
// newer one is written, so no reader sees it go back. One writer at a time, by a gate. A collection that this engine did not find
// as it left it is emptied and filled again from the first event; one that is not its own it leaves alone (`TypesenseEngine+Owning`).

package import Bus
package import Contracts
package import Storage
import StreamSafe

package struct TypesenseEngine: SearchEngine {
    let api: TypesenseAPI
    let ledger: DurableStore
    private let configuration: TypesenseConfiguration
    let counts = SeenCount()
    let words = KnownWords()
    private let portion: ImportPortion
    private let gate = SerialGate()

    var names: TypesenseNames { configuration.names }
    package var collection: String { names.collection }

    /// Opens the ledger; Typesense itself is first spoken to by `checkpoint()`. Blocks: call it before serving.
    ///
    /// - Throws: `Failure` with `unavailable` where the ledger's file cannot be used.
    package init(
        _ configuration: TypesenseConfiguration,
        ledger location: DatabaseLocation,
        transport: any HTTPTransport
    ) throws {
        self.configuration = configuration
        portion = ImportPortion(most: configuration.importSize)
        api = TypesenseAPI(configuration, transport)
        ledger = try DurableStore(
            location,
            migrations: [
                Migration("ledger.1", IndexLedger.create), Migration("ledger.2", IndexLedger.dropParked),
                Migration("ledger.3", IndexLedger.addEvidence), Migration("ledger.4", IndexLedger.addPlaces),
                Migration("ledger.5", IndexLedger.gatherCounts),
                Migration("lexicon.1", Lexicon.create + IndexLedger.beginAgain),
            ]
        )
    }

    package func checkpoint() async throws -> Checkpoint? {
        try await gate.run {
            if try await findsItsOwn() {
                let checkpoint = try await ledger.read { try IndexLedger($0).checkpoint() }
                if let checkpoint { return checkpoint }
            }
            try await beginAnew()
            return nil
        }
    }

    package func look() async throws {
        try await gate.run {
            do {
                guard try await findsItsOwn() else { throw IndexLost() }
            } catch let failure as Failure where failure.code == .conflict {
                // `checkpoint` says whose it is now.
                throw IndexLost()
            }
        }
    }

    package func apply(_ batch: IndexBatch) async throws {
        try await gate.run {
            counts.forget()
            let (known, lexicon) = (words, batch.words)
            let (due, fresh) = try await ledger.write { transaction in
                let ledger = IndexLedger(transaction)
                if batch.touchesDocuments { try ledger.noteDocuments(nil) }
                return (try ledger.due(of: batch), try known.add(lexicon, to: Lexicon(transaction)))
            }
            known.note(fresh)
            let refused = try await push(due.changes).compactMap { change, reason in
                change.event.map { IndexBatch.Poison(event: $0, reason: reason) }
            }
            try await api.moveDocuments(due.moves)
            try await ledger.write { try IndexLedger($0).settle(batch, refused: refused) }
        }
    }

    package func reset() async throws {
        try await gate.run { try await beginAnew() }
    }

    /// Numbers are of this moment: what Typesense holds are places.
    package func search(_ query: SearchQuery) async throws -> SearchAnswer {
        guard !query.question.findsNothing else { return SearchAnswer(hits: [], found: 0, facets: query.emptyFacets) }
        let resolved = try await ledger.read { try query.resolved(in: $0) }
        let found = try await api.search(resolved)
        let count = FoundCount(found.found, atMost: query.mostFound)
        return try await ledger.read { transaction in
            SearchAnswer(
                hits: try found.hits.map { try $0.numbered(transaction) },
                found: count.found,
                foundMore: count.more,
                facets: found.facets
            )
        }
    }

    package func lexicon<Value: Sendable>(_ body: @escaping @Sendable (Lexicon) throws -> Value) async throws -> Value {
        try await ledger.read { try body(Lexicon($0)) }
    }

    package func write(_ documents: [SearchDocument]) async throws -> [ParkedDocument] {
        try await gate.run {
            counts.forget()
            let (known, changes) = (words, documents.map(IndexChange.init(byHand:)))
            let fresh = try await ledger.write { transaction in
                try IndexLedger(transaction).noteDocuments(nil)
                return try known.add(changes.words, to: Lexicon(transaction))
            }
            known.note(fresh)
            return try await push(changes).map { change, reason in
                ParkedDocument(id: change.id, reason: reason, offset: 0)
            }
        }
    }

    package func mend(_ changes: [IndexChange]) async throws -> [String] {
        try await gate.run {
            counts.forget()
            let known = words
            let (due, fresh) = try await ledger.write { transaction in
                let ledger = IndexLedger(transaction)
                try ledger.noteDocuments(nil)
                let due = try changes.compactMap { change in try ledger.mend(change).map { change.placed($0.place) } }
                return (due, try known.add(due.words, to: Lexicon(transaction)))
            }
            known.note(fresh)
            let refused = Set(try await push(due).map(\.change.id))
            return due.map(\.id).filter { !refused.contains($0) }
        }
    }

    package func remove(byHand id: String) async throws -> Bool {
        try await gate.run {
            counts.forget()
            try await ledger.write { transaction in
                let ledger = IndexLedger(transaction)
                try ledger.refuseElement(id)
                try ledger.noteDocuments(nil)
            }
            return try await api.deleteDocument(id)
        }
    }

    package func parked() async throws -> [ParkedEvent] {
        try await ledger.read { try ParkedEvents($0).list() }
    }

    package func parkedCount() async throws -> Int { try await ledger.read { try ParkedEvents($0).count() } }

    package func discard(_ event: Event) async throws {
        try await ledger.write { _ = try ParkedEvents($0).remove(event) }
    }

    /// One writer at a time.
    func alone<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value { try await gate.run(body) }

    // MARK: Writing

    /// Brings the changes into the collection; those that it refused.
    private func push(_ changes: [IndexChange]) async throws -> [(change: IndexChange, reason: String)] {
        let known = Dictionary(changes.map { (ExactText($0.id), $0) }) { _, last in last }
        var refused: [(change: IndexChange, reason: String)] = []
        var rest = changes.compactMap(TypesenseDocument.init)[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(portion.current))
            rest = rest.dropFirst(part.count)
            for (id, reason) in try await send(part) {
                if let change = known[ExactText(id)] { refused.append((change, reason)) }
            }
        }
        for part in changes.filter({ $0.document == nil }).map(\.id).parts(of: 100) {
            try await api.deleteDocuments(part)
        }
        return refused
    }

    private func send(_ part: [TypesenseDocument]) async throws -> [(id: String, reason: String)] {
        do {
            let refused = try await api.importDocuments(part)
            portion.succeeded()
            return refused
        } catch {
            portion.failed()
            throw error
        }
    }
}

extension IndexLedger {
    /// What a batch asks of the collection, and where documents go that only stand elsewhere.
    fileprivate func due(of batch: IndexBatch) throws -> (changes: [IndexChange], moves: [TypesenseMove]) {
        let gone = try batch.emptied.flatMap { emptied in
            try empty(emptied).map { IndexChange(gone: $0, with: emptied) }
        }
        let changes = try batch.changes.compactMap { change in try reserve(change).map { change.placed($0.place) } }
        let moves = try batch.placements.compactMap { placement in
            try place(placement)?.place.map { TypesenseMove(id: placement.id, place: $0) }
        }
        // What was created again stays: documents are brought first, and taken away behind them.
        let written = Set(changes.lazy.filter { $0.document != nil }.map { ExactText($0.id) })
        return (gone.filter { !written.contains(ExactText($0.id)) } + changes, moves)
    }
}

extension IndexChange {
    fileprivate init(gone id: String, with emptied: IndexBatch.Emptied) {
        self.init(
            id: id,
            revision: emptied.revision,
            sequence: emptied.sequence,
            document: nil,
            place: nil,
            event: nil
        )
    }
}

extension Array {
    /// The array in pieces of at most `size`.
    fileprivate func parts(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: Swift.max(size, 1)).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
