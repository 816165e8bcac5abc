// An index that does not give out its documents by hand before it is told to: as Typesense, where an export fails.

import Bus
import Contracts
import Storage
import Synchronization
import TypesenseClient

final class ReluctantIndex: ReplaceableIndex {
    private let index: any ReplaceableIndex
    private let state = Mutex<(isWilling: Bool, refusals: Int)>((false, 0))

    init(_ index: any ReplaceableIndex) { self.index = index }

    /// How often it has been asked in vain.
    var refusals: Int { state.withLock { $0.refusals } }
    func give() { state.withLock { $0.isWilling = true } }

    func documentsByHand() async throws -> [SearchDocument] {
        let isWilling = state.withLock { state in
            if !state.isWilling { state.refusals += 1 }
            return state.isWilling
        }
        guard isWilling else { throw Failure(.unavailable, "No.", retryAfter: 1) }
        return try await index.documentsByHand()
    }

    var collection: String { index.collection }
    func checkpoint() async throws -> Checkpoint? { try await index.checkpoint() }
    func look() async throws { try await index.look() }
    func apply(_ batch: IndexBatch) async throws { try await index.apply(batch) }
    func reset() async throws { try await index.reset() }
    func search(_ query: SearchQuery) async throws -> SearchAnswer { try await index.search(query) }
    func lexicon<Value: Sendable>(_ body: @escaping @Sendable (Lexicon) throws -> Value) async throws -> Value {
        try await index.lexicon(body)
    }
    func write(_ documents: [SearchDocument]) async throws -> [ParkedDocument] { try await index.write(documents) }
    func remove(byHand id: String) async throws -> Bool { try await index.remove(byHand: id) }
    func parked() async throws -> [ParkedEvent] { try await index.parked() }
    func parkedCount() async throws -> Int { try await index.parkedCount() }
    func discard(_ event: Event) async throws { try await index.discard(event) }
    func collections() async throws -> [SearchCollection] { try await index.collections() }
    func sequences() async throws -> [SequenceName] { try await index.sequences() }
    func entries(of sequence: SequenceName, in places: Range<Int64>) async throws -> [IndexEntry] {
        try await index.entries(of: sequence, in: places)
    }
    func mend(_ changes: [IndexChange]) async throws -> [String] { try await index.mend(changes) }
    func refuseForeign() async throws { try await index.refuseForeign() }
    func drop() async throws { try await index.drop() }
}
