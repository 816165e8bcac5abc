import Bus
import Foundation
import GRDB
import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct ServiceDatabaseTests {
    let test: TestDatabase
    var database: ServiceDatabase { test.database }

    init() throws { test = try TestDatabase() }

    @Test func `only its user can read the files`() async throws {
        try await database.add(1)
        for file in ["", "/test.db", "/test.db-wal"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: test.directory.path + file)
            #expect(attributes[.posixPermissions] as? Int == (file.isEmpty ? 0o700 : 0o600), "\(file)")
        }
    }

    @Test func `a commit is an fsync, and foreign keys hold`() async throws {
        let pragmas = try await database.write { db in
            try ["synchronous", "foreign_keys", "journal_mode"].map { try String.fetchOne(db, sql: "PRAGMA \($0)") }
        }
        #expect(pragmas == ["2", "1", "wal"])
    }

    @Test func `writes that wait together share one commit`() async throws {
        let gate = await WriterGate(database)
        let before = database.statistics
        let offsets = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for value in 1...50 { group.addTask { try await database.add(value) } }
            await database.waitUntilQueued(50)
            try await gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(offsets.sorted() == Array(1...50))
        #expect(database.statistics.commits == before.commits + 2, "the gate's own and the one shared by fifty")
        #expect(database.statistics.committed == before.committed + 51)
    }

    @Test func `a closure that fails takes only its own changes back`() async throws {
        let gate = await WriterGate(database)
        let outcomes = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
            for value in 1...9 {
                group.addTask {
                    do {
                        try await database.add(value, failing: value.isMultiple(of: 3))
                        return (value, true)
                    } catch is Refused {
                        return (value, false)
                    }
                }
            }
            await database.waitUntilQueued(9)
            try await gate.open()
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(outcomes.filter { !$0.value }.keys.sorted() == [3, 6, 9])
        #expect(try await database.allNumbers() == [1, 2, 4, 5, 7, 8])
        #expect(try await database.outbox.heads().map(\.head) == [6])
    }

    @Test func `a broken constraint stays with the closure that broke it`() async throws {
        try await database.add(1)
        await #expect(throws: DatabaseError.self) { try await database.add(1) }
        try await database.add(2)
        #expect(try await database.allNumbers() == [1, 2])
    }

    @Test func `one write too many is refused as overloaded`() async throws {
        var limits = TestDatabase.limits
        limits.maximumQueued = 2
        let small = try TestDatabase(limits).database
        let gate = await WriterGate(small)
        async let first = small.add(1)
        await small.waitUntilQueued(1)
        async let second = small.add(2)
        await small.waitUntilQueued(2)
        let failure = await #expect(throws: Failure.self) { try await small.add(3) }
        #expect(failure?.code == .overloaded)
        try await gate.open()
        #expect(try await [first, second].sorted() == [1, 2])
    }

    @Test func `a deadline that passed in the queue starts no work`() async throws {
        let expired = CallContext(operation: "test", deadline: Deadline(microseconds: 1))
        let failure = await #expect(throws: Failure.self) {
            try await CallContext.$current.withValue(expired) { try await database.add(1) }
        }
        #expect(failure?.code == .deadlineExceeded)
        #expect(try await database.allNumbers().isEmpty)
    }

    @Test func `a deadline is looked at when the turn comes, not when the batch begins`() async throws {
        let database = try TestDatabase().database
        let gate = await WriterGate(database)
        let deadline = Deadline.after(.milliseconds(30))
        async let slow: Void = database.write { _ in while !deadline.hasPassed {} }
        await database.waitUntilQueued(1)
        let late = Task {
            try await CallContext.$current.withValue(CallContext(operation: "test", deadline: deadline)) {
                try await database.add(1)
            }
        }
        await database.waitUntilQueued(2)
        let before = database.statistics
        try await gate.open()
        try await slow
        let failure = await #expect(throws: Failure.self) { try await late.value }
        #expect(failure?.code == .deadlineExceeded)
        #expect(try await database.allNumbers().isEmpty)
        #expect(database.statistics.commits == before.commits + 2, "the gate's and that of the batch")
    }

    @Test func `a batch ends with its time, and what is left comes first in the next`() async throws {
        var limits = TestDatabase.limits
        limits.maximumBatchTime = .milliseconds(1)
        let database = try TestDatabase(limits).database
        let gate = await WriterGate(database)
        let order = Order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for value in 1...5 {
                group.addTask {
                    try await database.write { _ in
                        let end = ContinuousClock.now + .milliseconds(2)
                        while ContinuousClock.now < end {}
                        order.values.withLock { $0.append(value) }
                    }
                }
                await database.waitUntilQueued(value)
            }
            let before = database.statistics
            try await gate.open()
            try await group.waitForAll()
            #expect(database.statistics.commits == before.commits + 6)
        }
        #expect(order.values.withLock { $0 } == Array(1...5))
    }

    @Test func `what has begun is answered with its outcome, however late`() async throws {
        let context = CallContext(operation: "test", deadline: .after(.milliseconds(20)))
        let value = try await CallContext.$current.withValue(context) {
            try await database.write { _ in
                while !context.deadline.hasPassed {}
                return 7
            }
        }
        #expect(value == 7)
    }

    @Test func `a waiter that is cancelled is dropped`() async throws {
        let gate = await WriterGate(database)
        let waiter = Task { try await database.add(1) }
        await database.waitUntilQueued(1)
        waiter.cancel()
        let failure = await #expect(throws: Failure.self) { try await waiter.value }
        #expect(failure?.code == .cancelled)
        try await gate.open()
        try await database.add(2)
        #expect(try await database.allNumbers() == [2])
    }

    @Test func `the closure sees the context of the call`() async throws {
        let context = CallContext(operation: "test.add")
        let seen = try await CallContext.$current.withValue(context) {
            try await database.write { _ in CallContext.current?.trace }
        }
        #expect(seen == context.trace)
    }

    @Test func `a database of a newer version is not opened`() async throws {
        try await database.write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('from the future')")
        }
        let failure = #expect(throws: Failure.self) { try TestDatabase.open(test.path) }
        #expect(failure?.code == .unavailable)
    }

    @Test func `a closed database answers unavailable`() async throws {
        try await database.close()
        let failure = await #expect(throws: Failure.self) { try await database.add(1) }
        #expect(failure?.code == .unavailable)
    }
}

private final class Order: Sendable {
    let values = Mutex<[Int]>([])
}
