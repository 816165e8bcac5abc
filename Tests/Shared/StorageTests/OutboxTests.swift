// Events in the transactions that cause them: offsets without holes, pages, pruning, and consumers' positions, also after a restart.

import Bus
import Storage
import Synchronization
import Testing

private let texts = Topic<String>("text.added", publisher: "test", "A text was added")

@Suite(.timeLimit(.minutes(1))) struct OutboxTests {
    let test: TestDatabase
    var database: DurableStore { test.database }
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

    @Test func `an event whose key could not travel is refused, and its change with it`() async throws {
        #expect(try await refusal(ofKey: 65_535) == nil)
        #expect(try await refusal(ofKey: 65_536) == .payloadTooLarge)
        #expect(try await outbox.heads().map(\.head) == [1])
        // The longest one, as it would be published.
        #expect(try await outbox.page(of: numbers.name, from: 1, limit: 1, bytes: 1 << 20)?.block?.count == 1)
    }

    @Test func `an event that would not fit a message is refused, and its change with it`() async throws {
        var limits = TestDatabase.limits
        limits.maximumEvent = StoreLimits.event(fitting: 64 << 10)
        let test = try TestDatabase(limits)
        func refusal(of size: Int) async throws -> ErrorCode? {
            do {
                let text = String(repeating: "x", count: size)
                try await test.database.write { try $0.publish(texts, key: "k", text) }
                return nil
            } catch let failure as Failure { return failure.code }
        }
        // The key and the quotation marks.
        #expect(try await refusal(of: limits.maximumEvent - 3) == nil)
        #expect(try await refusal(of: limits.maximumEvent - 2) == .payloadTooLarge)
        #expect(try await refusal(of: 1) == nil)
        let events = try await test.database.outbox.read(topic: texts.name, from: 1, limit: 9)
        #expect(events.map(\.offset) == [1, 2])
    }

    private func refusal(ofKey size: Int) async throws -> ErrorCode? {
        do {
            let key = String(repeating: "k", count: size)
            try await database.write { try $0.publish(numbers, key: key, Number(value: 1)) }
            return nil
        } catch let failure as Failure { return failure.code }
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

    @Test func `pruning moves the tail and never the head, in portions`() async throws {
        for value in 1...9 { try await database.add(value) }
        #expect(try await outbox.prune(numbers.name, before: 6, limit: 3) == 3)
        #expect(try await outbox.heads().map(\.tail) == [4])
        #expect(try await outbox.prune(numbers.name, before: 6, limit: 3) == 2)
        #expect(try await outbox.heads().map(\.tail) == [6])
        #expect(try await outbox.prune(numbers.name, before: 100, limit: 100) == 4)
        #expect(try await outbox.heads().map(\.tail) == [10])
        #expect(try await database.add(10) == 10)
    }

    // MARK: Pages

    private func page(from offset: UInt64, limit: Int = 100, bytes: Int = .max) async throws -> ReplayPage {
        try #require(try await outbox.page(of: numbers.name, from: offset, limit: limit, bytes: bytes))
    }

    @Test func `a page has what reading gives, and where the topic stands`() async throws {
        for value in 1...9 {
            let context = value.isMultiple(of: 2) ? CallContext(operation: "test.add") : nil
            try await CallContext.$current.withValue(context) { _ = try await database.add(value) }
        }
        for (offset, limit) in [(1, 100), (4, 3), (9, 1), (10, 5)] as [(UInt64, Int)] {
            let page = try await page(from: offset, limit: limit)
            let events = try await outbox.read(topic: numbers.name, from: offset, limit: limit)
            #expect(page == ReplayPage(head: page.head, events: events))
            #expect(page.head == (try await outbox.heads())[0])
        }
        #expect(try await page(from: 1, limit: 0).block == nil)
        #expect(try await outbox.page(of: "other", from: 1, limit: 1, bytes: 100) == nil)
    }

    @Test func `a page ends where it would be too large, but never before its first event`() async throws {
        for value in 1...9 { try await database.add(value) }
        #expect(try await page(from: 1, bytes: 0).block?.count == 1)
        let one = try #require(try await page(from: 1, limit: 1).block).records.count
        #expect(try await page(from: 2, bytes: 3 * one + 1).block?.count == 3)
    }

    @Test func `a page of a pruned log says where that begins, and has nothing before it`() async throws {
        for value in 1...9 { try await database.add(value) }
        #expect(try await outbox.prune(numbers.name, before: 6, limit: 100) == 5)
        #expect(try await page(from: 6).block?.first == 6)
        #expect(try await page(from: 6).block?.count == 4)
        let before = try await page(from: 5)
        #expect(before.head.tail == 6 && before.block == nil, "it begins where it was asked, or not at all")
        let plain: any EventLog = PlainLog(outbox)
        #expect(try await plain.page(of: numbers.name, from: 6, limit: 9, bytes: .max) == page(from: 6))
        #expect(try await plain.page(of: numbers.name, from: 5, limit: 9, bytes: .max)?.head.tail == 6)
    }

    @Test func `the first offset since a time is found, behind the head where there is none`() async throws {
        for value in 1...3 { try await database.add(value) }
        let events = try await outbox.read(topic: numbers.name, from: 1, limit: 3)
        #expect(try await outbox.firstOffset(of: numbers.name, since: Deadline(microseconds: 0)) == 1)
        #expect(try await outbox.firstOffset(of: numbers.name, since: events[1].committedAt) == 2)
        #expect(try await outbox.firstOffset(of: numbers.name, since: .after(.seconds(60))) == 4)
    }

    // MARK: Consumers

    private func move(_ consumer: String, to offset: UInt64, _ outbox: Outbox) async throws -> ConsumerPosition {
        try await outbox.update(consumer, of: numbers.name) { known, head in
            let before = known?.acknowledged ?? 0
            return ConsumerPosition(
                consumer: consumer,
                topic: head.topic,
                epoch: head.epoch,
                acknowledged: max(before, offset),
                gapsFound: 3,
                gapsFilled: 2,
                owner: "owner of \(consumer)"
            )
        }
    }

    @Test func `a consumer's position outlives the process`() async throws {
        for value in 1...9 { try await database.add(value) }
        _ = try await move("b", to: 4, outbox)
        _ = try await move("a", to: 7, outbox)
        #expect(try await move("b", to: 2, outbox).acknowledged == 4)
        let before = try await outbox.positions()
        #expect(before.map(\.consumer) == ["a", "b"])
        #expect(before.map(\.acknowledged) == [7, 4])
        #expect(before.allSatisfy { $0.gapsFound == 3 && $0.gapsFilled == 2 })
        #expect(before.map(\.owner) == ["owner of a", "owner of b"])
        await database.close()
        let reopened = try TestDatabase.open(test.path)
        #expect(try await reopened.outbox.positions() == before)
        #expect(try await reopened.outbox.remove("a", of: nil) == 1)
        #expect(try await reopened.outbox.remove("b", of: "other") == 0)
        #expect(try await reopened.outbox.remove("b", of: numbers.name) == 1)
        #expect(try await reopened.outbox.positions().isEmpty)
    }

    @Test func `how far is pruned is decided from where the topic's consumers stand then`() async throws {
        for value in 1...9 { try await database.add(value) }
        for (consumer, offset) in [("a", 7), ("b", 4)] { _ = try await move(consumer, to: UInt64(offset), outbox) }
        let horizon: ConsumerRegister.Horizon = { ($0.map(\.acknowledged).min() ?? 0) + 1 }
        #expect(try await outbox.prune(numbers.name, limit: 100, before: horizon) == 4)
        #expect(try await outbox.heads().map(\.tail) == [5])
        #expect(try await outbox.prune("other", limit: 100) { UInt64($0.count) } == 0)
        _ = try await move("b", to: 9, outbox)
        #expect(try await outbox.prune(numbers.name, limit: 2, before: horizon) == 2)
        #expect(try await outbox.heads().map(\.tail) == [7])
    }

    @Test func `who may not forget one of them forgets none`() async throws {
        _ = try await move("a", to: 0, outbox)
        await #expect(throws: Refused.self) {
            try await outbox.remove("a", of: nil) { if $0.owner == "owner of a" { throw Refused() } }
        }
        #expect(try await outbox.positions().map(\.consumer) == ["a"])
    }

    /// As version 2 of the outbox's tables left it.
    @Test func `a register without owners is taken over with all that it knows`() async throws {
        for value in 1...9 { try await database.add(value) }
        _ = try await move("a", to: 7, outbox)
        try await database.write { transaction in
            try transaction.run("ALTER TABLE consumer DROP COLUMN owner")
            try transaction.run("DELETE FROM grdb_migrations WHERE identifier = 'outbox.3'")
        }
        await database.close()
        let reopened = try TestDatabase.open(test.path)
        let positions = try await reopened.outbox.positions()
        #expect(positions.map(\.acknowledged) == [7])
        #expect(positions.map(\.owner) == [nil])
        await reopened.close()
    }

    @Test func `nobody follows a topic that is not there`() async throws {
        let failure = await #expect(throws: Failure.self) {
            try await outbox.update("a", of: "other") { _, _ in throw Refused() }
        }
        #expect(failure?.code == .notFound)
    }

    @Test func `concurrent acknowledgements leave the furthest`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for offset in UInt64(1)...50 { group.addTask { _ = try await move("a", to: offset, outbox) } }
            try await group.waitForAll()
        }
        #expect(try await outbox.positions().map(\.acknowledged) == [50])
    }

    @Test func `epoch and head outlive the process`() async throws {
        try await database.add(1)
        let before = try await outbox.heads()
        await database.close()
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

/// The same log without pages of its own.
private struct PlainLog: EventLog {
    let outbox: Outbox

    init(_ outbox: Outbox) { self.outbox = outbox }

    func heads() async throws -> [TopicHead] { try await outbox.heads() }
    func read(topic: String, from offset: UInt64, limit: Int) async throws -> [Event] {
        try await outbox.read(topic: topic, from: offset, limit: limit)
    }
    func observe(_ observer: @escaping @Sendable ([Event]) -> Void) { outbox.observe(observer) }
}
