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
        return Indexer.Source {
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
        try await Indexer(engine, present: Nowhere(), logger: logger).run { source(events, after: $0) }
        #expect(try await engine.search(query("line")).found == 10)
        #expect(try await engine.checkpoint() == Checkpoint(epoch: 1, offset: 10))
    }

    @Test func `a second run goes on where the first stopped`() async throws {
        let engine = try BuiltInEngine(.memory)
        let events = try log(10)
        try await Indexer(engine, present: Nowhere(), logger: logger).run { source(Array(events.prefix(4)), after: $0) }
        let opened = Mutex<[Checkpoint?]>([])
        try await Indexer(engine, present: Nowhere(), logger: logger).run { checkpoint in
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
        try await Indexer(engine, present: Nowhere(), backoff: backoff, logger: logger).run {
            source(events, after: $0)
        }
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
        try await Indexer(engine, present: Nowhere(), logger: logger).run { source(events, after: $0) }
        #expect(try await engine.search(query("line")).found == 6)
    }

    @Test func `poison is parked and the rest goes on`() async throws {
        let engine = try BuiltInEngine(.memory)
        var events = try log(6)
        events[2] = poison(offset: 3)
        try await Indexer(engine, present: Nowhere(), logger: logger).run { [events] in
            source(events, after: $0, pieces: 1)
        }
        #expect(try await engine.search(query("line")).found == 5)
        #expect(try await engine.parked().map(\.event.offset) == [3])
        #expect(try await engine.checkpoint()?.offset == 6)
    }

    @Test func `an event that fails again and again is parked, and its neighbours are applied`() async throws {
        let engine = PickyEngine(try BuiltInEngine(.memory), refusing: "script_3")
        let events = try log(6)
        let backoff = Backoff(sleep: { _ in })
        try await Indexer(engine, present: Nowhere(), backoff: backoff, logger: logger).run {
            source(events, after: $0, pieces: 6)
        }
        #expect(try await engine.search(query("line")).found == 5)
        #expect(try await engine.parked().map(\.event) == [events[2]])
        #expect(try await engine.parked().map(\.reason) == ["too difficult"])
        #expect(try await engine.checkpoint()?.offset == 6)
    }

    @Test func `what has had its effect is acknowledged`() async throws {
        let engine = try BuiltInEngine(.memory)
        let events = try log(10)
        let acknowledged = Mutex<[UInt64]>([])
        try await Indexer(engine, present: Nowhere(), logger: logger).run { checkpoint in
            let source = source(events, after: checkpoint)
            return Indexer.Source(next: source.next) { event in
                let reached = try? await engine.checkpoint()?.offset
                #expect(reached == event.offset, "never before the effect")
                acknowledged.withLock { $0.append(event.offset) }
            }
        }
        #expect(acknowledged.withLock { $0 } == [4, 8, 10])
    }

    // MARK: When events are gone

    @Test func `what the log has pruned is read from where it is kept, and events go on behind it`() async throws {
        let engine = try BuiltInEngine(.memory)
        // Of a life before: one element has another comment now, the other is no more.
        try await engine.apply([change(7, "line of old", revision: 2), change(20, "line of old", revision: 3)])
        let events = try log(12)
        // The state after event 9, read while 10 happens: the second page knows of it already.
        let present = Pages([(1...4, 9), (5...10, 10)], checkpoint: Checkpoint(epoch: 1, offset: 9))
        let opened = Mutex<[Checkpoint?]>([])
        try await Indexer(engine, present: present, logger: logger).run { checkpoint in
            opened.withLock { $0.append(checkpoint) }
            guard checkpoint?.offset == 9 else {
                return Indexer.Source { throw Failure(.gone, "pruned", firstOffset: 8) }
            }
            return source(events, after: checkpoint)
        }
        #expect(opened.withLock { $0.map { $0?.offset } } == [3, 9])
        #expect(try await engine.search(query("of old")).found == 0)
        #expect(try await engine.search(query("line")).found == 12)
        #expect(try await engine.checkpoint() == Checkpoint(epoch: 1, offset: 12))
    }

    @Test func `a present state that cannot be read is begun anew, and no half of it has a checkpoint`() async throws {
        let engine = try BuiltInEngine(.memory)
        let present = Pages([(1...4, 9)], checkpoint: Checkpoint(epoch: 1, offset: 9), failures: 2)
        let checkpoints = Mutex<[Checkpoint?]>([])
        let backoff = Backoff(sleep: { _ in
            let checkpoint = try await engine.checkpoint()
            checkpoints.withLock { $0.append(checkpoint) }
        })
        try await Indexer(engine, present: present, backoff: backoff, logger: logger).run { checkpoint in
            Indexer.Source { if checkpoint == nil { throw Failure(.gone, "pruned") } else { nil } }
        }
        #expect(checkpoints.withLock { $0 } == [nil, nil])
        #expect(try await engine.search(query("line")).found == 4)
    }

    @Test func `a log that began anew replaces what was indexed`() async throws {
        let engine = try BuiltInEngine(.memory)
        let events = try log(6) + log(2, epoch: 2)
        try await Indexer(engine, present: Nowhere(), logger: logger).run { source(events, after: $0) }
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
