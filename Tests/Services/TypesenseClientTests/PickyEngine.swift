// An engine that will not take one document, whatever comes with it; and present states that are lists.

import Bus
import Contracts
import Storage
import Synchronization
import TypesenseClient

final class PickyEngine: SearchEngine {
    private let engine: any SearchEngine
    private let refused: String

    init(_ engine: any SearchEngine, refusing id: String) {
        self.engine = engine
        refused = id
    }

    func apply(_ batch: IndexBatch) async throws {
        if batch.changes.contains(where: { $0.id == refused }) { throw Failure(.internalError, "too difficult") }
        try await engine.apply(batch)
    }

    var collection: String { engine.collection }
    func checkpoint() async throws -> Checkpoint? { try await engine.checkpoint() }
    func look() async throws { try await engine.look() }
    func reset() async throws { try await engine.reset() }
    func search(_ query: SearchQuery) async throws -> SearchAnswer { try await engine.search(query) }
    func lexicon<Value: Sendable>(_ body: @escaping @Sendable (Lexicon) throws -> Value) async throws -> Value {
        try await engine.lexicon(body)
    }
    func write(_ documents: [SearchDocument]) async throws -> [ParkedDocument] { try await engine.write(documents) }
    func remove(byHand id: String) async throws -> Bool { try await engine.remove(byHand: id) }
    func parked() async throws -> [ParkedEvent] { try await engine.parked() }
    func parkedCount() async throws -> Int { try await engine.parkedCount() }
    func discard(_ event: Event) async throws { try await engine.discard(event) }
    func collections() async throws -> [SearchCollection] { try await engine.collections() }
}

/// For tests in which nobody asks for the present state.
struct Nowhere: PresentState {
    func read(_ page: @Sendable ([IndexChange]) async throws -> Void) async throws -> Checkpoint {
        throw Failure(.notFound, "nobody was to ask")
    }
}

/// Scripts by ranges of ids, each page of a revision; fails after the last page for a number of times.
final class Pages: PresentState {
    private let pages: [(ids: ClosedRange<Int>, revision: UInt64)]
    private let checkpoint: Checkpoint
    private let failures: Mutex<Int>

    init(_ pages: [(ids: ClosedRange<Int>, revision: UInt64)], checkpoint: Checkpoint, failures: Int = 0) {
        self.pages = pages
        self.checkpoint = checkpoint
        self.failures = Mutex(failures)
    }

    func read(_ page: @Sendable ([IndexChange]) async throws -> Void) async throws -> Checkpoint {
        for (ids, revision) in pages {
            try await page(
                try ids.map { id in
                    let change = try change(.versioned, id, number: id, "line \(id)", revision: revision)
                    return IndexChange(
                        id: "script_\(id)",
                        revision: revision,
                        sequence: change.sequenceName,
                        document: SearchDocument(change),
                        place: change.place,
                        event: try event(change)
                    )
                }
            )
        }
        let mustFail = failures.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        if mustFail { throw Failure(.unavailable, "gone again") }
        return checkpoint
    }
}
