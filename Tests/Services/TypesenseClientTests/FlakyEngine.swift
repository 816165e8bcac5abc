// An engine whose `apply` fails a number of times before it works.

import Bus
import Contracts
import Storage
import Synchronization
import TypesenseClient

final class FlakyEngine: SearchEngine {
    private let engine: any SearchEngine
    private let failure: any Error
    private let left: Mutex<Int>

    init(_ engine: any SearchEngine, failures: Int, with failure: any Error) {
        self.engine = engine
        self.failure = failure
        left = Mutex(failures)
    }

    func apply(_ batch: IndexBatch) async throws {
        let mustFail = left.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        if mustFail { throw failure }
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
