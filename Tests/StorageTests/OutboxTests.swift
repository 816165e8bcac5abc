import Bus
import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct OutboxTests {
    let test: TestDatabase
    var database: ServiceDatabase { test.database }
    var outbox: Outbox { test.database.outbox }

    init() throws { test = try TestDatabase() }

    private func observed() -> Observed {
        let observed = Observed()
        outbox.observe { events in observed.batches.withLock { $0.append(events) } }
        return observed
    }

    @Test func `a topic is there before its first event`() async throws {
        let heads = try await outbox.heads()
        #expect(heads.map(\.topic) == [numbers.name])
        #expect(heads.map(\.head) == [0])
        #expect(heads.map(\.tail) == [1])
    }

    @Test(arguments: [1, 7, 42]) func `offsets have no holes under concurrent writers that fail at random`(
        seed: Int
    ) async throws {
        let observed = observed()
        let answered = await withTaskGroup(of: [UInt64: Int].self) { group in
            for writer in 0..<32 {
                group.addTask { await addMany(writer: writer, seed: seed) }
            }
            return await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        }
        let events = try await outbox.read(topic: numbers.name, from: 1, limit: 10_000)
        #expect(events.map(\.offset) == Array(1...UInt64(answered.count)))
        #expect(try events.map { try $0.decode(numbers).value } == answered.sorted { $0.key < $1.key }.map(\.value))
        #expect(observed.events == events, "observers see every event once, in the order of the commits")
        #expect(try await database.allNumbers() == answered.values.sorted())
        #expect(database.statistics.commits < database.statistics.requests)
    }

    /// Offsets that were answered, with their numbers. A third of the writes fails after it has taken its offset.
    private func addMany(writer: Int, seed: Int) async -> [UInt64: Int] {
        var answered: [UInt64: Int] = [:]
        for step in 0..<20 {
            let value = writer * 100 + step
            let failing = (value &* 31 &+ seed) % 3 == 0
            if let offset = try? await database.add(value, failing: failing) { answered[offset] = value }
        }
        return answered
    }

    @Test func `an observer is called before the write is answered`() async throws {
        let observed = observed()
        let offset = try await database.add(1)
        #expect(observed.events.map(\.offset) == [offset])
    }

    @Test func `reading starts where it is told and stops at the limit`() async throws {
        for value in 1...9 { try await database.add(value) }
        #expect(try await outbox.read(topic: numbers.name, from: 4, limit: 3).map(\.offset) == [4, 5, 6])
        #expect(try await outbox.read(topic: numbers.name, from: 10, limit: 3).isEmpty)
        #expect(try await outbox.read(topic: "other", from: 1, limit: 3).isEmpty)
    }

    @Test func `pruning moves the tail and never the head`() async throws {
        for value in 1...9 { try await database.add(value) }
        let outbox = outbox
        try await database.write { db in try outbox.prune(numbers.name, keepingFrom: 6, in: db) }
        #expect(try await outbox.heads().map(\.tail) == [6])
        try await database.write { db in try outbox.prune(numbers.name, keepingFrom: 100, in: db) }
        #expect(try await outbox.heads().map(\.tail) == [10])
        #expect(try await database.add(10) == 10)
    }

    @Test func `epoch and head outlive the process`() async throws {
        try await database.add(1)
        let before = try await outbox.heads()
        try await database.close()
        let reopened = try TestDatabase.open(test.path)
        #expect(try await reopened.outbox.heads() == before)
        #expect(try await reopened.add(2) == 2)
    }

    @Test func `two databases have two epochs`() async throws {
        let other = try TestDatabase()
        #expect(try await outbox.heads().map(\.epoch) != other.database.outbox.heads().map(\.epoch))
    }

    @Test func `an event carries the trace of the call that caused it`() async throws {
        let context = CallContext(operation: "test.add")
        _ = try await CallContext.$current.withValue(context) { try await database.add(1) }
        #expect(try await outbox.read(topic: numbers.name, from: 1, limit: 1).map(\.trace) == [context.trace])
    }
}

/// What an observer was told, batch by batch.
private final class Observed: Sendable {
    let batches = Mutex<[[Event]]>([])
    var events: [Event] { batches.withLock { $0.flatMap { $0 } } }
}
