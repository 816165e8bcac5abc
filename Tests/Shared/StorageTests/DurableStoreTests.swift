// The store on a file: what a commit is worth, which writes share one, and what is answered where a write is too late, or one too many.

import Bus
import Foundation
import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct DurableStoreTests {
    let test: TestDatabase
    var database: DurableStore { test.database }

    init() throws { test = try TestDatabase() }

    @Test func `only its user can read the files`() async throws {
        try await database.add(1)
        for file in ["", "/test.db", "/test.db-wal"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: test.directory.path + file)
            #expect(attributes[.posixPermissions] as? Int == (file.isEmpty ? 0o700 : 0o600), "\(file)")
        }
    }

    @Test func `a commit is an fsync, and foreign keys hold`() async throws {
        let pragmas = try await database.write { transaction in
            try ["synchronous", "foreign_keys", "journal_mode"].map { name in
                try transaction.row(SQL("PRAGMA \(name)")) { $0.text(0) }
            }
        }
        #expect(pragmas == ["2", "1", "wal"])
    }

    private static let waits: @Sendable (any Transaction) throws -> Bool = {
        try $0.row("PRAGMA synchronous") { $0.int(0) } == 2
    }

    @Test func `a write that may be made again does not wait for the disk, alone`() async throws {
        #expect(try await database.write(.eventual, Self.waits) == false)
        #expect(try await database.write(Self.waits))
        #expect(try await database.write(.eventual, Self.waits) == false)
    }

    @Test func `a write that may be made again waits with one that may not be lost`() async throws {
        let gate = await WriterGate(database)
        async let first = database.write(.eventual, Self.waits)
        try await database.waitUntilQueued(1)
        async let second = database.write(Self.waits)
        try await database.waitUntilQueued(2)
        async let third = database.write(.eventual, Self.waits)
        try await database.waitUntilQueued(3)
        try await gate.open()
        #expect(try await [first, second, third] == [true, true, true])
    }

    @Test func `every connection keeps as much of the file as the limits say`() async throws {
        let size: @Sendable (any Transaction) throws -> Int? = { try $0.row("PRAGMA cache_size") { $0.int(0) } }
        let kept = -(StoreLimits().pageCache >> 10)
        #expect(try await database.write(size) == kept)
        #expect(try await database.read(size) == kept)
    }

    @Test func `writes that wait together share one commit`() async throws {
        let gate = await WriterGate(database)
        let before = database.statistics
        let offsets = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for value in 1...50 { group.addTask { try await database.add(value) } }
            try await database.waitUntilQueued(50)
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
            try await database.waitUntilQueued(9)
            try await gate.open()
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(outcomes.filter { !$0.value }.keys.sorted() == [3, 6, 9])
        #expect(try await database.allNumbers() == [1, 2, 4, 5, 7, 8])
        #expect(try await database.outbox.heads().map(\.head) == [6])
    }

    @Test func `a broken constraint stays with the closure that broke it`() async throws {
        try await database.add(1)
        let error = await #expect(throws: StoreError.self) { try await database.add(1) }
        #expect(error?.kind == .constraint)
        try await database.add(2)
        #expect(try await database.allNumbers() == [1, 2])
    }

    @Test func `one write too many is refused as overloaded`() async throws {
        var limits = TestDatabase.limits
        limits.maximumQueued = 2
        let small = try TestDatabase(limits).database
        let gate = await WriterGate(small)
        async let first = small.add(1)
        try await small.waitUntilQueued(1)
        async let second = small.add(2)
        try await small.waitUntilQueued(2)
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
        let gate = await WriterGate(database)
        let deadline = Deadline.after(.milliseconds(500))
        async let slow: Void = database.write { _ in while !deadline.hasPassed {} }
        try await database.waitUntilQueued(1)
        let late = Task {
            try await CallContext.$current.withValue(CallContext(operation: "test", deadline: deadline)) {
                try await database.add(1)
            }
        }
        try await database.waitUntilQueued(2)
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
                try await database.waitUntilQueued(value)
            }
            let before = database.statistics
            try await gate.open()
            try await group.waitForAll()
            #expect(database.statistics.commits == before.commits + 6)
        }
        #expect(order.values.withLock { $0 } == Array(1...5))
    }

    @Test func `what has begun is answered with its outcome, however late`() async throws {
        let hasBegun = Atomic(false)
        while !hasBegun.load(ordering: .relaxed) {
            try Task.checkCancellation()
            let context = CallContext(operation: "test", deadline: .after(.milliseconds(20)))
            do {
                let value = try await CallContext.$current.withValue(context) {
                    try await database.write { _ in
                        hasBegun.store(true, ordering: .relaxed)
                        while !context.deadline.hasPassed {}
                        return 7
                    }
                }
                #expect(value == 7)
            } catch let failure as Failure
                where failure.code == .deadlineExceeded && !hasBegun.load(ordering: .relaxed)
            {}  // A full machine took all of the time before its turn: once more.
        }
    }

    @Test func `a waiter that is cancelled is dropped`() async throws {
        let gate = await WriterGate(database)
        let waiter = Task { try await database.add(1) }
        try await database.waitUntilQueued(1)
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

    @Test func `reading here and now sees what has been answered, and nothing of what is under way`() async throws {
        try await database.add(1)
        let gate = await WriterGate(database)
        let seen = try database.readNow { try $0.rows("SELECT value FROM number") { $0.int(0) } }
        #expect(seen == [1])
        try await gate.open()
    }

    @Test func `a reader cannot write`() async throws {
        let error = await #expect(throws: Failure.self) {
            try await database.read { try $0.run("INSERT INTO number (value) VALUES (1)") }
        }
        #expect(error?.code == .unavailable)
    }

    @Test func `a statement is found again in the midst of its own rows`() async throws {
        for value in 1...3 { try await database.add(value) }
        let all: SQL = "SELECT value FROM number ORDER BY value"
        let pairs = try await database.read { transaction in
            try transaction.rows(all) { _ in try transaction.rows(all) { $0.int(0) } }
        }
        #expect(pairs == [[1, 2, 3], [1, 2, 3], [1, 2, 3]])
    }

    @Test func `values come back as they went in`() async throws {
        let text = "a\u{0}b \u{1F3AD}"
        let row = try await database.read { transaction in
            try transaction.row(
                "SELECT $2, $1, $3, $4, $5, $6",
                [.integer(.min), .text(text), .bytes([]), .bytes([0, 255]), .null, .real(0.1)]
            ) { ($0.text(0), $0.integer(1), $0.bytesIfAny(2), $0.bytes(3), $0.isNull(4), $0.real(5)) }
        }
        let values = try #require(row)
        #expect(values.0 == text && values.1 == .min && values.2 == [] && values.3 == [0, 255])
        #expect(values.4 && values.5 == 0.1)
    }

    @Test func `what another process has written does not break the order of the offsets`() async throws {
        try await database.add(1)
        let other = try TestDatabase.open(test.path)
        #expect(try await other.add(2) == 2)
        #expect(try await database.add(3) == 3)
        #expect(try await other.add(4) == 4)
        #expect(try await database.outbox.heads().map(\.head) == [4])
    }

    @Test(arguments: [true, false]) func `a store in memory answers its readers, too`(hereAndNow: Bool) async throws {
        let store = try DurableStore(.memory, migrations: [Migration("t", "CREATE TABLE t (a INTEGER)")])
        try await store.write { _ = try $0.run("INSERT INTO t (a) VALUES (7)") }
        let count: SQL = "SELECT a FROM t"
        let seen =
            hereAndNow
            ? try store.readNow { try $0.rows(count) { $0.int(0) } }
            : try await store.read { try $0.rows(count) { $0.int(0) } }
        #expect(seen == [7])
    }

    /// Whether this process has a descriptor of such a file.
    private static func isOpen(_ file: String) throws -> Bool {
        let directory = "/proc/self/fd"
        return try FileManager.default.contentsOfDirectory(atPath: directory).contains { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(name)")
            return target?.contains(file) == true
        }
    }

    /// The writer's thread holds the file, so that has ended where this is closed. Those that read hold nothing, and are not looked for: other
    /// tests have such threads as well.
    @Test func `a store that nobody holds ends, and its writer's thread with its file`() async throws {
        let file = "\(test.directory.deletingLastPathComponent().lastPathComponent)/data/held.db"
        var store: DurableStore? = try DurableStore(.file(test.directory.appending(path: "held.db").path))
        weak let held = store
        try await store?.write { _ in }
        _ = try await store?.read { _ in }
        #expect(try Self.isOpen(file))
        store = nil
        while try held != nil || Self.isOpen(file) {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func `a database of a newer version is not opened`() async throws {
        try await database.write { _ = try $0.run("INSERT INTO grdb_migrations VALUES ('from the future')") }
        let failure = #expect(throws: Failure.self) { try TestDatabase.open(test.path) }
        #expect(failure?.code == .unavailable)
    }

    @Test func `a closed database answers unavailable`() async throws {
        await database.close()
        let failure = await #expect(throws: Failure.self) { try await database.add(1) }
        #expect(failure?.code == .unavailable)
    }
}

private final class Order: Sendable {
    let values = Mutex<[Int]>([])
}
