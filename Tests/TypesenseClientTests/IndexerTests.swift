// The indexer against an engine that fails on purpose and a log that is a list.

import Bus
import Contracts
import Logging
import Storage
import Synchronization
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(1))) struct IndexerTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func log(_ count: Int, epoch: UInt64 = 1) throws -> [Event] {
        try (1...count).map { id in
            try event(change(.created, id, number: id, "line \(id)", revision: UInt64(id)), epoch: epoch)
        }
    }

    /// Gives the events behind a checkpoint in pieces, then ends.
    private func source(_ events: [Event], after checkpoint: Checkpoint?, pieces: Int = 4) -> Indexer.Source {
        let waiting = Mutex(events.filter { $0.offset > checkpoint?.offset ?? 0 || $0.epoch != checkpoint?.epoch })
        return {
            waiting.withLock { waiting in
                guard !waiting.isEmpty else { return nil }
                defer { waiting.removeFirst(min(pieces, waiting.count)) }
                return Array(waiting.prefix(pieces))
            }
        }
    }

    @Test func `everything is indexed from the first event to the last`() async throws {
        let engine = try BuiltInEngine(.memory)
        let events = try log(10)
        try await Indexer(engine, logger: logger).run { source(events, after: $0) }
        #expect(try await engine.search(query("line")).found == 10)
        #expect(try await engine.checkpoint() == Checkpoint(epoch: 1, offset: 10))
    }

    @Test func `a second run goes on where the first stopped`() async throws {
        let engine = try BuiltInEngine(.memory)
        let events = try log(10)
        try await Indexer(engine, logger: logger).run { source(Array(events.prefix(4)), after: $0) }
        let opened = Mutex<[Checkpoint?]>([])
        try await Indexer(engine, logger: logger).run { checkpoint in
            opened.withLock { $0.append(checkpoint) }
            return source(events, after: checkpoint)
        }
        #expect(opened.withLock { $0 } == [Checkpoint(epoch: 1, offset: 4)])
        #expect(try await engine.search(query("line")).found == 10)
    }

    @Test func `an engine that is away gets the same batch again, after growing pauses`() async throws {
        let engine = FlakyEngine(try BuiltInEngine(.memory), failures: 5, with: Failure(.unavailable, "lagging"))
        let pauses = Mutex<[Duration]>([])
        let backoff = Backoff(
            base: .milliseconds(100),
            cap: .seconds(1),
            random: { 1 },
            sleep: { pause in pauses.withLock { $0.append(pause) } }
        )
        let events = try log(6)
        try await Indexer(engine, backoff: backoff, logger: logger).run { source(events, after: $0) }
        #expect(
            pauses.withLock { $0 } == [
                .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800), .seconds(1),
            ]
        )
        #expect(try await engine.search(query("line")).found == 6)
    }

    @Test func `a lost index is built anew from the first event`() async throws {
        let engine = FlakyEngine(try BuiltInEngine(.memory), failures: 1, with: IndexLost())
        let events = try log(6)
        try await Indexer(engine, logger: logger).run { source(events, after: $0) }
        #expect(try await engine.search(query("line")).found == 6)
    }

    @Test func `poison is parked and the rest goes on`() async throws {
        let engine = try BuiltInEngine(.memory)
        var events = try log(6)
        events[2] = poison(offset: 3)
        try await Indexer(engine, logger: logger).run { [events] in source(events, after: $0, pieces: 1) }
        #expect(try await engine.search(query("line")).found == 5)
        #expect(try await engine.parked().map(\.offset) == [3])
        #expect(try await engine.checkpoint()?.offset == 6)
    }

    @Test func `a log that began anew replaces what was indexed`() async throws {
        let engine = try BuiltInEngine(.memory)
        let events = try log(6) + log(2, epoch: 2)
        try await Indexer(engine, logger: logger).run { source(events, after: $0) }
        #expect(try await engine.search(query("line")).found == 2)
        #expect(try await engine.checkpoint() == Checkpoint(epoch: 2, offset: 2))
    }

    @Test func `a batch names each document once, with its last state`() throws {
        let events = [
            try event(change(.created, 1, "a", revision: 1)), try event(change(.created, 2, "b", revision: 2)),
            try event(change(.versioned, 1, version: 2, "c", revision: 3)), try event(change(.deleted, 2, revision: 4)),
        ]
        let batch = try #require(IndexBatch(events))
        #expect(batch.changes.map(\.id) == ["script_1", "script_2"])
        #expect(batch.changes.map(\.document?.comment.text) == ["c", nil])
        #expect(batch.changes.map(\.revision) == [3, 4])
        #expect(batch.checkpoint == Checkpoint(epoch: 1, offset: 4))
    }
}
