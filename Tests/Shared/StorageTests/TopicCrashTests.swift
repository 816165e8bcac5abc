// A publisher and a subscriber, two processes that are killed again and again: nothing is lost, nothing is applied twice.
//
//     publisher   numbers and their events in one transaction (outbox), followed over ipc
//     subscriber  what it applied and how far it came in one transaction; no constraint keeps a number from being applied twice
//
// Each life is a real process that SIGKILL ends at a random moment, in the middle of whatever it does.

import Bus
import Foundation
import Storage
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite(.timeLimit(.minutes(5))) struct TopicCrashTests {
    static let livesOfEach = 25

    @Test func `fifty kills of publisher and subscriber lose no event and apply none twice`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tc-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }

        let isOver = Flag()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var life = 0
                while life < Self.livesOfEach || !isOver.isSet {
                    life += 1
                    await publishUntilKilled(directory, life)
                }
            }
            group.addTask {
                for _ in 1...Self.livesOfEach { await followUntilKilled(directory) }
                isOver.set()
            }
        }

        // One more life each, without violence, until the subscriber has come to the head.
        let bus = try BusContext()
        let publisher = try await Publisher(directory, bus)
        let follower = try Follower(directory, bus)
        let before = try await follower.applied().count
        let head = try await publisher.database.outbox.heads()[0].head
        try await follower.follow(to: head)
        // Told with a heartbeat, and again where nobody answered in time; who ends says it only once.
        while try await publisher.database.outbox.positions().map(\.acknowledged) != [head] {
            try Task.checkCancellation()
            await Task.yield()
        }
        await follower.node.shutDown()

        let events = try await publisher.database.outbox.read(topic: numbers.name, from: 1, limit: .max)
        let applied = try await follower.applied()
        #expect(events.count == Int(head) && head > 1_000)
        #expect(before > 500, "the subscriber got on in its lives")
        #expect(applied.map(\.offset) == Array(1...head), "once each, in order")
        #expect(try applied.map(\.value) == events.map { try $0.decode(numbers).value })
        // What was committed is all there: a number and its event stand or fall together.
        #expect(try await publisher.database.allNumbers() == applied.map(\.value).sorted())
        await publisher.node.shutDown()
    }
}

private final class Flag: Sendable {
    private let state = Mutex(false)
    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
}

private func publishUntilKilled(_ directory: String, _ life: Int) async {
    await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String, life = life as Int] in
        let publisher = try await Publisher(directory, try BusContext())
        dieSoon(within: 400)
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask { await publisher.write(from: life * 10_000_000 + writer * 1_000_000) }
            }
        }
    }
}

/// Not before it has applied something: a life in which the publisher is never there at the same time proves nothing.
private func followUntilKilled(_ directory: String) async {
    await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
        let follower = try Follower(directory, try BusContext())
        try await follower.follow(to: .max) { dieSoon(within: 100) }
    }
}

/// SIGKILL from another thread, at a moment that has nothing to do with what this process does then.
private func dieSoon(within milliseconds: Int) {
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(.random(in: 0...milliseconds))) {
        kill(getpid(), SIGKILL)
    }
}

private func address(in directory: String) -> ServiceAddress {
    ServiceAddress(calls: "ipc://\(directory)/test.calls", events: "ipc://\(directory)/test.events")
}

private func node(_ name: String, _ directory: String, _ context: BusContext) throws -> Node {
    var configuration = NodeConfiguration(name: name, directory: ["test": [address(in: directory)]])
    configuration.heartbeat = .milliseconds(20)
    configuration.liveness = .milliseconds(200)
    return try Node(configuration, context: context)
}

private struct Publisher {
    let database: DurableStore
    let node: Node

    init(_ directory: String, _ context: BusContext) async throws {
        database = try TestDatabase.open(directory + "/publisher.db")
        node = try StorageTests.node("test", directory, context)
        try await node.serve(Handlers(), log: database.outbox, at: address(in: directory))
    }

    func write(from first: Int) async {
        for value in first... { guard (try? await database.add(value)) != nil else { return } }
    }
}

private struct Follower {
    struct Entry: Sendable {
        let offset: UInt64
        let value: Int
    }

    let database: DurableStore
    let node: Node

    init(_ directory: String, _ context: BusContext) throws {
        let tables = Migration(
            "applied",
            """
            CREATE TABLE applied (place INTEGER PRIMARY KEY AUTOINCREMENT, "offset" INTEGER, value INTEGER);
            CREATE TABLE checkpoint (epoch INTEGER, next INTEGER);
            """
        )
        database = try DurableStore(.file(directory + "/subscriber.db"), migrations: [tables])
        node = try StorageTests.node("follower", directory, context)
    }

    func follow(to head: UInt64, _ begun: () -> Void = {}) async throws {
        let subscription = try await node.subscribe(numbers, as: "follower", from: try await start())
        var next: UInt64 = try await applied().last.map { $0.offset + 1 } ?? 1
        while next <= head, let events = try await subscription.next(limit: 50), let last = events.last {
            try await apply(events)
            await subscription.acknowledge(last)
            next = last.offset + 1
            begun()
        }
    }

    private func start() async throws -> StartingPoint {
        try await database.read { transaction in
            try transaction.row("SELECT epoch, next FROM checkpoint") { row in
                .checkpoint(epoch: row.bits(0), next: row.count(1))
            } ?? .offset(1)
        }
    }

    private func apply(_ events: [Event]) async throws {
        let entries = try events.map { Entry(offset: $0.offset, value: try $0.decode(numbers).value) }
        let checkpoint = (epoch: Int64(events[0].epoch), next: Int64((events.last?.offset ?? 0) + 1))
        try await database.write { transaction in
            for entry in entries {
                try transaction.run(
                    "INSERT INTO applied (\"offset\", value) VALUES ($1, $2)",
                    [.count(entry.offset), .int(entry.value)]
                )
            }
            try transaction.run("DELETE FROM checkpoint")
            try transaction.run(
                "INSERT INTO checkpoint (epoch, next) VALUES ($1, $2)",
                [.integer(checkpoint.epoch), .integer(checkpoint.next)]
            )
        }
    }

    /// In the order in which they were applied.
    func applied() async throws -> [Entry] {
        try await database.read { transaction in
            try transaction.rows("SELECT \"offset\", value FROM applied ORDER BY place") {
                Entry(offset: $0.count(0), value: $0.int(1))
            }
        }
    }
}
