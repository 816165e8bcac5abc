// Collections of other producers: the store has the documents, the index finds them (ADR 0058).
//
//     write ──> store: document, revision, pending ──> index ──> no longer pending ──> answer
//                                                       └─ lost: made anew, everything pending ──> index …
//
// What was stored and not answered stays pending, and the next call, whichever it is, brings it into the index first. So a write that is
// repeated changes nothing, a search never shows half a collection, and an index that was wiped fills itself again.

package import Bus
package import Contracts
package import Storage
import Synchronization

package final class Producers: Sendable {
    /// Documents that go into the index at once.
    private static let portion = 200
    /// What is left of a call's time for its answer, where it had to fill an index.
    private static let answering = Duration.milliseconds(200)

    let store: DurableStore
    let index: any ProducerIndex
    let limits: ProducerLimits
    /// The collection that Service A feeds.
    let elements: String
    private let refusal: Failure?
    private let gate = SerialGate()
    private let words = KnownWords()
    /// Generations that were found as they were made.
    private let found = Mutex<Set<String>>([])

    /// Opens the store. Blocks: call it before serving.
    ///
    /// - Parameters:
    ///   - location: In SQLite, whatever the engine.
    ///   - elements: The collection that Service A feeds.
    ///   - limits: What others may bring.
    ///   - refusal: Why there can be no collections here, where that is so.
    ///   - index: Typesense's; absent, the index lies in the store.
    /// - Throws: `Failure` with `unavailable` where the file cannot be used.
    package init(
        _ location: DatabaseLocation,
        elements: String = "elements",
        limits: ProducerLimits = ProducerLimits(),
        refusal: Failure? = nil,
        index: ((DurableStore) -> any ProducerIndex)? = nil
    ) throws {
        (self.elements, self.limits, self.refusal) = (elements, limits, refusal)
        let tables = ProducerTable.create + BuiltInProducerIndex.create + TypesenseProducerIndex.create + Lexicon.create
        store = try DurableStore(location, migrations: [Migration("producers.1", tables)])
        self.index = index?(store) ?? BuiltInProducerIndex(store: store)
    }

    /// - Throws: `Failure` with `conflict` where what is written here would be found here alone.
    func checkAlone() throws(Failure) {
        if let refusal { throw refusal }
    }

    // MARK: Collections

    package func collections() async throws -> [SearchCollection] {
        guard refusal == nil else { return [] }
        return try await store.read { try ProducerTable($0).collections() }.map(SearchCollection.init)
    }

    package func create(_ new: NewCollection, once claim: IdempotencyClaim? = nil) async throws -> SearchCollection {
        try refuseElements(new.name, "made")
        let schema = try CollectionSchema(new, limits)
        return try await gate.run {
            try await index.refuseForeign(schema.name)
            let (answer, made) = try await add(schema, once: claim)
            guard let made else { return answer }
            do { try await index.make(made) } catch {
                // Nobody has been told of it.
                try await store.write { transaction in
                    try ProducerTable(transaction).remove(made)
                    try IdempotencyLedger.forget(claim, in: transaction)
                }
                throw error
            }
            return answer
        }
    }

    /// What was made; nothing where `claim` has had its answer before.
    private func add(
        _ schema: CollectionSchema,
        once claim: IdempotencyClaim?
    ) async throws -> (SearchCollection, ProducerCollection?) {
        let (most, generation) = (limits.collections, TypesenseNames.newGeneration())
        return try await store.write { transaction in
            var made: ProducerCollection?
            let answer = try IdempotencyLedger.once(claim, now: .now, in: transaction) {
                let table = ProducerTable(transaction)
                try Self.refuseMore(schema.name, try table.collections(), most)
                try table.add(schema, generation)
                guard let added = try table.collection(schema.name) else {
                    throw Failure(.internalError, "The collection was not made.")
                }
                made = added
                return SearchCollection(added)
            }
            return (answer, made)
        }
    }

    package func drop(_ name: String) async throws {
        try refuseElements(name, "dropped")
        try await gate.run {
            let collection = try await collection(name)
            try await index.drop(collection)
            try await store.write { try ProducerTable($0).remove(collection) }
        }
    }

    private static func refuseMore(_ name: String, _ known: [ProducerCollection], _ most: Int) throws(Failure) {
        guard !known.contains(where: { $0.schema.name == name }) else {
            throw Failure(.conflict, "There is a collection \"\(name)\" already.")
        }
        guard known.count < most else {
            throw Failure(.conflict, "There are \(known.count) collections, as many as search.max_collections allows.")
        }
    }

    /// - Throws: `Failure` with `conflict`: what Service A feeds is nobody else's to change.
    func refuseElements(_ name: CollectionName, _ doing: String) throws(Failure) {
        try refuseElements(name.text, doing)
    }

    private func refuseElements(_ name: String, _ doing: String) throws(Failure) {
        try checkAlone()
        guard name == elements else { return }
        throw Failure(
            .conflict,
            "\"\(name)\" holds the elements of Service A and follows them by itself: it can be searched here, and not \(doing)."
        )
    }

    /// - Throws: `Failure` with `not_found`.
    func collection(_ name: String) async throws -> ProducerCollection {
        try checkAlone()
        guard let collection = try await store.read({ try ProducerTable($0).collection(name) }) else {
            throw Self.missing(name)
        }
        return collection
    }

    static func missing(_ name: String) -> Failure { Failure(.notFound, "There is no collection \"\(name)\".") }

    // MARK: The index

    /// The collection, when the index has all of it.
    func whole(_ name: String) async throws -> ProducerCollection {
        let collection = try await collection(name)
        let isWaiting = try await store.read { try ProducerTable($0).isWaiting(collection) }
        if !isWaiting, found.withLock({ $0.contains(collection.generation) }) { return collection }
        return try await gate.run { try await fill(name) }
    }

    /// The index has been found lost.
    func lost(_ collection: ProducerCollection) { _ = found.withLock { $0.remove(collection.generation) } }

    /// Makes a lost index anew, unless somebody else has done it meanwhile; then everything is pending.
    func remake(_ collection: ProducerCollection) async throws {
        try await gate.run {
            guard try await self.collection(collection.schema.name).generation == collection.generation else { return }
            try await index.make(try await begin(collection))
        }
    }

    /// Brings what is pending into the index, and makes that anew where it is not there. One at a time.
    private func fill(_ name: String) async throws -> ProducerCollection {
        var isMadeAnew = false
        while true {
            var collection = try await collection(name)
            do {
                if !found.withLock({ $0.contains(collection.generation) }) { _ = try await index.look(collection) }
                _ = found.withLock { $0.insert(collection.generation) }
                guard try await bringPortion(collection) else { return try await self.collection(name) }
            } catch is IndexLost {
                guard !isMadeAnew else { throw Self.beingFilled }
                isMadeAnew = true
                lost(collection)
                collection = try await begin(collection)
                try await index.make(collection)
            }
            let left = CallContext.current?.deadline.remaining ?? .seconds(Int64.max)
            guard left > Self.answering else { throw Self.beingFilled }
        }
    }

    static let beingFilled = Failure(
        .unavailable,
        "The collection's index was lost; it is being filled anew.",
        retryAfter: 1
    )

    private func begin(_ collection: ProducerCollection) async throws -> ProducerCollection {
        let generation = TypesenseNames.newGeneration()
        return try await store.write { transaction in
            let table = ProducerTable(transaction)
            try table.begin(collection, generation)
            return try table.collection(collection.schema.name) ?? collection
        }
    }

    /// False where nothing was pending.
    private func bringPortion(_ collection: ProducerCollection) async throws -> Bool {
        let pending = try await store.read { try ProducerTable($0).pending(collection, most: Self.portion) }
        guard !pending.isEmpty else { return false }
        let changes = try pending.map { waiting in
            ProducerChange(
                row: waiting.row,
                try waiting.body.map { try ProducerDocument(stored: $0, collection.schema) }
            )
        }
        let reasons = Dictionary(try await index.apply(changes, to: collection)) { $1 }
        let (known, lexicon) = (words, changes.reduce(into: Set<String>()) { $0.formUnion($1.words) })
        let fresh = try await store.write { transaction in
            let table = ProducerTable(transaction)
            for waiting in pending { try table.settle(waiting, refusal: reasons[waiting.row], in: collection) }
            return try known.add(lexicon, to: Lexicon(transaction))
        }
        known.note(fresh)
        return true
    }

    // MARK: By itself

    /// Looks at each collection while nobody asks, until the task is cancelled.
    package func keep(every pause: Duration) async {
        var suspects: [String: Int] = [:]
        while !Task.isCancelled {
            let names = (try? await collections().map(\.name)) ?? []
            for name in names { suspects[name] = try? await look(name, suspect: suspects[name]) }
            suspects = suspects.filter { names.contains($0.key) }
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }

    /// What the index had where that is not what it should have. Believed when it is seen twice: a node of a cluster may be a moment behind.
    private func look(_ name: String, suspect: Int?) async throws -> Int? {
        try await gate.run {
            let collection = try await fill(name)
            let (expected, isWaiting) = try await store.read { transaction in
                let table = ProducerTable(transaction)
                return (try table.indexed(collection), try table.isWaiting(collection))
            }
            do {
                guard let count = try await index.look(collection), count != expected, !isWaiting else { return nil }
                guard count == suspect else { return count }
            } catch is IndexLost {}
            lost(collection)
            try await index.make(try await begin(collection))
            _ = try await fill(name)
            return nil
        }
    }
}

extension SearchCollection {
    init(_ collection: ProducerCollection) {
        self.init(
            name: collection.schema.name,
            documentCount: collection.documents,
            fields: collection.schema.fields.map { field in
                Field(
                    name: field.name,
                    type: field.type.rawValue,
                    facet: field.isFacet,
                    optional: field.isOptional,
                    index: field.isIndexed
                )
            },
            defaultSortingField: collection.schema.sorting?.name
        )
    }
}
