// Several processes that write to one schema: they count as one, and none of them trusts what it knew before it had the lock.

import Bus
import DatabaseServer
import Foundation
import Glibc
import PostgreSQL
import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct ReplicaStoreTests {
    private let server: DatabaseServer
    private let schema = DatabaseServer.newSchema()

    init() throws { server = try DatabaseServer.shared.get() }

    private func open(
        isAlone: Bool = false,
        _ more: [Migration] = [],
        _ change: (inout StoreLimits) -> Void = { _ in }
    ) throws -> DurableStore {
        var place = DatabaseLocation.schema(schema, on: [server.server], isAlone: isAlone)
        place.limits = TestDatabase.limits
        change(&place.limits)
        return try DurableStore(place, topics: [numbers.name], migrations: [TestDatabase.tables] + more)
    }

    private func standing(_ store: DurableStore) async throws -> TopicHead {
        try #require(try await store.outbox.heads().first)
    }

    @Test func `each event is announced by one of the replicas, in the order of its commits`() async throws {
        let stores = [try open(), try open(), try open()]
        let heard = Mutex<[[UInt64]]>(stores.map { _ in [] })
        for (index, store) in stores.enumerated() {
            store.outbox.observe { events in heard.withLock { $0[index] += events.map(\.offset) } }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<12 {
                group.addTask {
                    for step in 0..<25 { try await stores[writer % 3].add(writer * 100 + step) }
                }
            }
            try await group.waitForAll()
        }
        let all = heard.withLock { $0 }
        #expect(all.allSatisfy { $0 == $0.sorted() && !$0.isEmpty })
        #expect(all.flatMap { $0 }.sorted() == Array(1...300))
        let events = try await stores[0].outbox.read(topic: numbers.name, from: 1, limit: 1_000)
        #expect(events.map(\.offset) == Array(1...300))
    }

    /// A process that is stopped in the midst of a transaction: the server takes the lock from it, and it does its own again when it goes on.
    @Test func `one that stands still with the lock does not hold up the others`() async throws {
        let stores = [try open(), try open()]
        let gate = await WriterGate(stores[0])
        try await stores[1].add(1)
        try await stores[1].add(2)
        try await gate.open()
        try await stores[0].add(3)
        #expect(try await standing(stores[1]).head == 3)
    }

    /// Replicas that write in turn see heads that others have moved: no reason for another epoch.
    @Test func `two that write in turn, each on new connections, keep the epoch`() async throws {
        let stores = [try open(), try open()]
        let before = try await standing(stores[0])
        for value in 0..<6 {
            try await stores[value % 2].add(value)
            if value == 3 { try endWriters() }
        }
        let after = try await standing(stores[1])
        #expect(after.epoch == before.epoch && after.head == 6)
    }

    /// An asynchronous failover: what one replica had announced is gone, and another has gone on behind it.
    @Test func `a loss that another replica has written over gives the log another epoch`() async throws {
        let stores = [try open(), try open()]
        try await stores[1].add(1)
        for value in 2...4 { try await stores[0].add(value) }
        let before = try await standing(stores[0])
        try server.ask("DELETE FROM \(schema).event WHERE \"offset\" > 1")
        try server.ask("DELETE FROM \(schema).number WHERE value > 1")
        try server.ask("DELETE FROM \(schema).batch WHERE at >= 0")
        try server.ask("UPDATE \(schema).topic SET head = 1")
        for value in 5...8 { try await stores[1].add(value) }
        #expect(try await standing(stores[1]).epoch == before.epoch)
        try endWriters()
        try await stores[0].add(9)
        #expect(try await standing(stores[1]).epoch != before.epoch)
    }

    private func endWriters() throws {
        try server.ask(
            """
            SELECT pg_terminate_backend(pid) FROM pg_locks
            WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
                AND (classid::bigint << 32 | objid::bigint) = hashtextextended('\(schema)', 1)
            """
        )
    }

    @Test func `who needs the store for himself waits for nobody, and nobody begins meanwhile`() async throws {
        let replica = try open()
        let refused = #expect(throws: Failure.self) {
            try open(isAlone: true) { $0.connectTimeout = .milliseconds(200) }
        }
        #expect(refused?.code == .unavailable)
        await replica.close()
        let alone = try open(isAlone: true)
        #expect(throws: Failure.self) { try open { $0.connectTimeout = .milliseconds(200) } }
        await alone.close()
        let again = try open()
        #expect(try await again.add(1) == 1)
    }

    @Test func `a key that is under way at two replicas has one effect, and one answer`() async throws {
        let stores = [try open(), try open()]
        let claim = try Self.claim("once")
        let answers = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for number in 0..<40 {
                group.addTask {
                    try await stores[number % 2].write { transaction in
                        try IdempotencyLedger.once(claim, now: .now, in: transaction) {
                            var offset: UInt64 = 0
                            try transaction.run("INSERT INTO number (value) VALUES ($1)", [.int(number)])
                            try transaction.publish(numbers, key: "\(number)") {
                                offset = $0
                                return Number(value: number)
                            }
                            return offset
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: 1, count: 40))
        #expect(try await stores[0].allNumbers().count == 1)
    }

    private static func claim(_ key: String) throws -> IdempotencyClaim {
        let context = CallContext(operation: "number.add", deadline: .after(.seconds(60)), idempotencyKey: key)
        return try #require(try IdempotencyClaim(context, Number(value: 0)))
    }

    private final class End: Sendable {
        let isOver = Atomic(false)
    }

    private static func write(to store: DurableStore, _ diary: Diary, until end: End) async {
        await withDiscardingTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    for step in 0..<1_000_000 where !end.isOver.load(ordering: .relaxed) {
                        let value = writer * 1_000_000 + step
                        if (try? await store.add(value)) != nil { _ = diary.note(value) }
                    }
                }
            }
        }
    }

    /// As in a rolling update, one release to the next, and back.
    @Test func `a replica of before writes beside one that has made the tables larger, and starts again`() async throws
    {
        let steps = [
            Migration(
                "larger",
                DDL(tables: "ALTER TABLE number ADD COLUMN half INTEGER NOT NULL DEFAULT 7"),
                expands: true
            ),
            Migration("beside", DDL(tables: "CREATE TABLE other (id INTEGER PRIMARY KEY) STRICT"), expands: true),
        ]
        let before = try open()
        let writing = Task { for value in 1...40 { try await before.add(value) } }
        while try await before.allNumbers().isEmpty {
            try Task.checkCancellation()
            await Task.yield()
        }
        let after = try open(steps)
        for value in 41...60 { try await after.add(value) }
        try await writing.value
        await before.close()
        let again = try open()
        #expect(try await again.add(61) == 61)
        await after.close()
        // All the way back, then forward once more.
        #expect(try await again.add(62) == 62)
        #expect(try await open(steps).allNumbers() == Array(1...62))
        let events = try await again.outbox.read(topic: numbers.name, from: 1, limit: 1_000)
        #expect(events.map(\.offset) == Array(1...62))
    }

    /// Two processes, one of which is killed with writes in hand.
    @Test func `kill -9 of one process beside another loses nothing that either answered`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "replica-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let (own, diary) = (try open(), try Diary(directory + "/own"))
        let end = End()
        let beside = Task { await Self.write(to: own, diary, until: end) }
        let (host, port, name) = (server.server.host, server.port, schema)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [host = host as String, port = port as Int, name = name as String, path = directory + "/other" as String] in
            let server = Server(host: host, port: port, database: "postgres", user: "fountain")
            let store = try DurableStore(
                .schema(name, on: [server]),
                topics: [numbers.name],
                migrations: [TestDatabase.tables]
            )
            let diary = try Diary(path)
            await withTaskGroup { group in
                for writer in 0..<16 { group.addTask { await writeUntilKilled(100 + writer, store, diary) } }
            }
        }
        end.isOver.store(true, ordering: .relaxed)
        await beside.value
        // The lock of who was killed is free, and what it had not committed is undone.
        let last = try await own.add(-1)
        let answered = try Diary.entries(directory + "/own") + Diary.entries(directory + "/other")
        let stored = try await own.allNumbers()
        #expect(answered.count >= 300 && Set(answered).isSubset(of: stored))
        let events = try await own.outbox.read(topic: numbers.name, from: 1, limit: 1_000_000)
        #expect(events.map(\.offset) == Array(1...last) && events.count == stored.count)
        #expect(try events.map { try $0.decode(numbers).value }.sorted() == stored)
    }
}
