// What can befall a store on PostgreSQL and nobody else: connections that end, COMMITs without an answer, others who write to the same schema.

import Bus
import DatabaseServer
import Foundation
import PostgreSQL
import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct PostgreSQLStoreTests {
    /// Offsets that were answered, with their numbers.
    private final class Answered: Sendable {
        private let noted = Mutex<[UInt64: Int]>([:])

        var all: [UInt64: Int] { noted.withLock { $0 } }

        func note(_ offset: UInt64, _ value: Int) { noted.withLock { $0[offset] = value } }
    }

    private let server: DatabaseServer
    private let schema = DatabaseServer.newSchema()

    init() throws { server = try DatabaseServer.shared.get() }

    private func open(
        isAlone: Bool = true,
        _ migrations: [Migration] = [],
        _ change: (inout StoreLimits) -> Void = { _ in }
    ) throws -> DurableStore {
        var place = DatabaseLocation.schema(schema, on: [server.server], isAlone: isAlone)
        place.limits = TestDatabase.limits
        change(&place.limits)
        return try DurableStore(place, topics: [numbers.name], migrations: [TestDatabase.tables] + migrations)
    }

    /// Ends the session of the store's writer.
    private static func endWriter(_ server: DatabaseServer, _ schema: String) throws {
        try server.ask(
            """
            SELECT pg_terminate_backend(pid) FROM pg_locks
            WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
                AND (classid::bigint << 32 | objid::bigint) = hashtextextended('\(schema)', 1)
            """
        )
    }

    private func values() throws -> Int64 {
        try server.ask("SELECT count(*) FROM \(schema).number").integer(0, 0)
    }

    @Test func `who reads sees one state, whatever is written meanwhile, and the next one the new state`() async throws
    {
        let store = try open()
        try await store.add(1)
        let (server, insert) = (server, "INSERT INTO \(schema).number (value) VALUES (2)")
        let count: SQL = "SELECT count(*) FROM number"
        let seen = try await store.read { transaction -> [Int?] in
            let before = try transaction.row(count) { $0.int(0) }
            try server.ask(insert)
            return [before, try transaction.row(count) { $0.int(0) }]
        }
        #expect(seen == [1, 1])
        #expect(try await store.allNumbers() == [1, 2])
    }

    /// It stays as long as the connection, and the table grows.
    @Test func `no plan reads all of a table that is small when it is made`() async throws {
        let store = try open()
        try await store.add(1)
        try server.ask("ANALYZE \(schema).number")
        let question: SQL = "EXPLAIN SELECT value FROM number WHERE value >= 0 ORDER BY value DESC LIMIT 1"
        let plans = [
            try await store.write { try $0.rows(question) { $0.text(0) } },
            try await store.read { try $0.rows(question) { $0.text(0) } },
        ]
        #expect(plans.allSatisfy { $0.first?.contains("Limit") == true && !$0.joined().contains("Seq Scan") })
    }

    @Test func `a connection that ended between two writes is made again`() async throws {
        let store = try open()
        try await store.add(1)
        try Self.endWriter(server, schema)
        #expect(try await store.add(2) == 2)
        #expect(try await store.allNumbers() == [1, 2])
    }

    @Test func `a reader's connection that ended is made again`() async throws {
        let store = try open()
        try await store.add(1)
        let pid = try await store.read { try $0.row("SELECT pg_backend_pid()") { $0.int(0) } }
        try server.ask("SELECT pg_terminate_backend(\(try #require(pid)))")
        #expect(try await store.allNumbers() == [1])
    }

    @Test func `a batch whose connection ends in its midst is done again, once`() async throws {
        let store = try open()
        let runs = Atomic(0)
        let (server, schema) = (server, schema)
        let offset = try await store.write { transaction in
            try transaction.later("INSERT INTO number (value) VALUES ($1)", [.int(1)])
            if runs.add(1, ordering: .relaxed).newValue == 1 { try Self.endWriter(server, schema) }
            var offset: UInt64 = 0
            try transaction.publish(numbers, key: "1") {
                offset = $0
                return Number(value: 1)
            }
            return offset
        }
        #expect(runs.load(ordering: .relaxed) == 2 && offset == 1)
        #expect(try await store.outbox.read(topic: numbers.name, from: 1, limit: 9).map(\.offset) == [1])
        #expect(try values() == 1)
    }

    enum Ending: CaseIterable { case commits, ends }

    /// The COMMIT takes longer than we wait for it; then the server does it after all, or the session ends and it is undone.
    @Test(arguments: Ending.allCases) func `a COMMIT without an answer is settled: done once, and answered so`(
        ending: Ending
    ) async throws {
        // Who is to be ended sleeps until he is.
        let store = try open([Self.slowCommit(seconds: ending == .ends ? 100 : 5)]) {
            ($0.commitTimeout, $0.settleTimeout) = (.seconds(1), .seconds(100))
        }
        let observed = Mutex<[Event]>([])
        store.outbox.observe { events in observed.withLock { $0 += events } }
        async let offset = store.add(7)
        if ending == .ends { try await endSleeper() }
        #expect(try await offset == 1)
        #expect(try await store.add(8) == 2)
        #expect(try await store.allNumbers() == [7, 8])
        let events = try await store.outbox.read(topic: numbers.name, from: 1, limit: 9)
        #expect(events.map(\.offset) == [1, 2] && observed.withLock { $0 } == events)
    }

    /// The first COMMIT with a number sleeps in it.
    private static func slowCommit(seconds: Int) -> Migration {
        Migration(
            "slow",
            sqlite: "",
            postgreSQL: """
                CREATE SEQUENCE turn;
                CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN IF nextval('turn') = 1 THEN PERFORM pg_sleep_for('\(seconds) s'); END IF; RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON number DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION wait();
                """
        )
    }

    /// A COMMIT with a number goes on sleeping until there is a word: a busy machine would miss one that ends by itself.
    private static let heldCommit = Migration(
        "held",
        sqlite: "",
        postgreSQL: """
            CREATE TABLE word (given BIGINT);
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN WHILE NOT EXISTS (SELECT FROM word) LOOP PERFORM pg_sleep_for('50 ms'); END LOOP; RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER held AFTER INSERT ON number DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION wait();
            """
    )

    /// Ends the session that sleeps in its COMMIT, as soon as there is one.
    private func endSleeper() async throws { try await untilCommitSleeps("pg_terminate_backend(pid)") }

    private func untilCommitSleeps(_ effect: String = "pid", on host: DatabaseServer? = nil) async throws {
        while try (host ?? server).ask(
            """
            SELECT \(effect) FROM pg_stat_activity
            WHERE wait_event = 'PgSleep' AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory'
                AND (classid::bigint << 32 | objid::bigint) = hashtextextended('\(schema)', 0))
            """
        ).count == 0 {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func `before its COMMIT is answered nobody hears of an event`() async throws {
        let store = try open([Self.heldCommit]) { $0.commitTimeout = .seconds(100) }
        let observed = Mutex<[Event]>([])
        store.outbox.observe { events in observed.withLock { $0 += events } }
        async let offset = store.add(7)
        try await untilCommitSleeps()
        #expect(observed.withLock { $0.isEmpty })
        try server.ask("INSERT INTO \(schema).word VALUES (1)")
        #expect(try await offset == 1)
        #expect(observed.withLock { $0.map(\.offset) } == [1])
    }

    /// The statement that failed has ended the transaction, and its COMMIT is answered by ROLLBACK.
    @Test func `a write that passes over a statement's failure is not taken for done`() async throws {
        let store = try open()
        let observed = Mutex<[Event]>([])
        store.outbox.observe { events in observed.withLock { $0 += events } }
        try await store.add(1)
        let failure = await #expect(throws: Failure.self) {
            try await store.write { transaction in
                try transaction.run("INSERT INTO number (value) VALUES ($1)", [.int(2)])
                _ = try? transaction.run("INSERT INTO number (value) VALUES ($1)", [.int(1)])
            }
        }
        #expect(failure?.code == .unavailable)
        #expect(try await store.allNumbers() == [1])
        #expect(try await store.add(3) == 2)
        #expect(observed.withLock { $0.map(\.offset) } == [1, 2])
    }

    @Test func `where nobody can tell what became of a COMMIT the answer says so`() async throws {
        let own = try DatabaseServer()
        defer { withExtendedLifetime(own) {} }
        var place = DatabaseLocation.schema(schema, on: [own.server])
        place.limits.commitTimeout = .seconds(1)
        place.limits.settleTimeout = .seconds(2)
        let store = try DurableStore(place, topics: [numbers.name], migrations: [TestDatabase.tables])
        try await store.add(1)
        // From now on a COMMIT waits for a standby that there is not.
        try own.ask("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try own.ask("SELECT pg_reload_conf()")
        while try own.ask("SELECT current_setting('synchronous_standby_names')").text(0, 0) != "nobody" {
            try Task.checkCancellation()
            await Task.yield()
        }
        let failure = await #expect(throws: Failure.self) {
            while true { try await store.add(.random(in: 10...1_000_000)) }
        }
        #expect(failure?.code == .outcomeUnknown)
    }

    @Test func `a server that is killed and comes back has all that was answered`() async throws {
        let own = try DatabaseServer()
        defer { withExtendedLifetime(own) {} }
        var place = DatabaseLocation.schema(schema, on: [own.server])
        place.limits.settleTimeout = .seconds(60)
        place.limits.commitTimeout = .seconds(60)
        let store = try DurableStore(place, topics: [numbers.name], migrations: [TestDatabase.tables])
        let answered = Answered()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for step in 0..<100 {
                        let value = writer * 1000 + step
                        let offset = try await store.add(value)
                        answered.note(offset, value)
                    }
                }
            }
            group.addTask {
                for part in 1...3 {
                    while answered.all.count < part * 60 {
                        try Task.checkCancellation()
                        await Task.yield()
                    }
                    try own.stop()
                    try own.start()
                }
            }
            try await group.waitForAll()
        }
        let events = try await store.outbox.read(topic: numbers.name, from: 1, limit: 1_000)
        #expect(events.map(\.offset) == Array(1...400))
        let found = try Dictionary(uniqueKeysWithValues: events.map { ($0.offset, try $0.decode(numbers).value) })
        #expect(found == answered.all)
        #expect(try await store.allNumbers().count == 400)
    }

    /// As one that was primary before, and that a cut or a Patroni that stands still has kept from noticing.
    @Test func `a host of an older timeline than the last commit's is not written to`() async throws {
        let (older, newer) = (server, try DatabaseServer())
        defer { withExtendedLifetime(newer) {} }
        try newer.beginTimeline()
        func open(_ servers: [Server]) throws -> DurableStore {
            var place = DatabaseLocation.schema(schema, on: servers)
            place.limits.commitTimeout = .seconds(1)
            return try DurableStore(place, topics: [numbers.name], migrations: [TestDatabase.tables])
        }
        let before = try open([older.server])
        try await before.add(1)
        await before.close()
        let store = try open([older.server, newer.server])
        #expect(try await store.allNumbers().isEmpty)
        try await store.add(2)
        try newer.stop()
        let failure = await #expect(throws: Failure.self) { try await store.add(3) }
        #expect(failure?.code == .unavailable)
        #expect(try older.ask("SELECT count(*) FROM \(schema).number").integer(0, 0) == 1)
        try newer.start()
        try await store.add(4)
        #expect(try await store.allNumbers() == [2, 4])
    }

    /// It may be done there, and the older one would know nothing of it and do it again.
    @Test func `where a COMMIT was sent and not answered no host of an older timeline is asked what became of it`()
        async throws
    {
        let (older, newer) = (server, try DatabaseServer())
        defer { withExtendedLifetime(newer) {} }
        try newer.beginTimeline()
        func open(_ servers: [Server]) throws -> DurableStore {
            var place = DatabaseLocation.schema(schema, on: servers)
            (place.limits.commitTimeout, place.limits.settleTimeout) = (.seconds(2), .seconds(4))
            let migrations = [TestDatabase.tables, Self.heldCommit]
            return try DurableStore(place, topics: [numbers.name], migrations: migrations)
        }
        let before = try open([newer.server])
        await before.close()
        try newer.stop()
        let store = try open([newer.server, older.server])
        try older.ask("INSERT INTO \(schema).word VALUES (1)")
        try await store.add(1)
        try newer.start()
        try Self.endWriter(older, schema)
        let unanswered = Task { try await store.add(2) }
        try await untilCommitSleeps(on: newer)
        try newer.stop()
        let failure = await #expect(throws: Failure.self) { try await unanswered.value }
        #expect(failure?.code == .outcomeUnknown)
        #expect(try older.ask("SELECT count(*) FROM \(schema).number").integer(0, 0) == 1)
    }

    @Test func `two that write to one schema count as one`() async throws {
        let stores = [try open(isAlone: false), try open(isAlone: false)]
        let answered = Answered()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for step in 0..<25 {
                        let value = writer * 100 + step
                        answered.note(try await stores[writer % 2].add(value), value)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(answered.all.keys.sorted() == Array(1...200))
        let events = try await stores[0].outbox.read(topic: numbers.name, from: 1, limit: 1_000)
        #expect(events.map(\.offset) == Array(1...200))
    }

    @Test func `many that begin at once make the tables once`() async throws {
        let opened = try await withThrowingTaskGroup(of: DurableStore.self) { group in
            for _ in 0..<6 { group.addTask { try open(isAlone: false) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let epochs = try await withThrowingTaskGroup(of: UInt64?.self) { group in
            for store in opened { group.addTask { try await store.outbox.heads().first?.epoch } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(epochs.count == 1 && !epochs.contains(nil))
    }

    @Test func `whoever holds the lock too long is not waited for for ever`() async throws {
        let store = try open { $0.lockTimeout = .milliseconds(100) }
        let intruder = try server.connect()
        let lock = "SELECT pg_advisory_lock(hashtextextended('\(schema)', 0))"
        _ = try intruder.ask(lock, until: .now + .seconds(20))
        let failure = await #expect(throws: Failure.self) { try await store.add(1) }
        #expect(failure?.code == .unavailable && failure?.retryAfter == 1)
        _ = try intruder.ask("SELECT pg_advisory_unlock_all()", until: .now + .seconds(20))
        #expect(try await store.add(2) == 1)
    }

    /// Who has it may be of a host that was replaced, and hang there for ever.
    @Test func `whoever is not given the lock looks anew which host takes writes`() async throws {
        let store = try open { $0.lockTimeout = .milliseconds(100) }
        let session: SQL = "SELECT pg_backend_pid()"
        func sessions() async throws -> [Int?] {
            [
                try await store.write { try $0.row(session) { $0.int(0) } },
                try await store.read { try $0.row(session) { $0.int(0) } },
            ]
        }
        let before = try await sessions()
        #expect(try await sessions() == before)
        let intruder = try server.connect()
        let lock = "SELECT pg_advisory_lock(hashtextextended('\(schema)', 0))"
        _ = try intruder.ask(lock, until: .now + .seconds(20))
        await #expect(throws: Failure.self) { try await store.add(1) }
        _ = try intruder.ask("SELECT pg_advisory_unlock_all()", until: .now + .seconds(20))
        let after = try await sessions()
        #expect(after[0] != before[0] && after[1] != before[1])
    }

    @Test func `a log that lost what was announced gets another epoch`() async throws {
        let store = try open()
        for value in 1...3 { try await store.add(value) }
        let before = try #require(try await store.outbox.heads().first)
        // As after a restore of an older state.
        try server.ask("DELETE FROM \(schema).event WHERE \"offset\" > 1")
        try server.ask("UPDATE \(schema).topic SET head = 1")
        #expect(try await store.add(9) == 2)
        let after = try #require(try await store.outbox.heads().first)
        #expect(after.epoch != before.epoch && after.head == 2)
        #expect(try await store.outbox.read(topic: numbers.name, from: 2, limit: 9).map(\.epoch) == [after.epoch])
    }

    @Test func `a table that was altered under a statement is no obstacle`() async throws {
        let store = try open()
        try await store.add(1)
        #expect(try await store.allNumbers() == [1])
        try server.ask("ALTER TABLE \(schema).number ALTER COLUMN value TYPE INTEGER")
        #expect(try await store.add(2) == 2)
        #expect(try await store.allNumbers() == [1, 2])
    }

    @Test func `a server that promises no disk is refused`() throws {
        let own = try DatabaseServer()
        defer { withExtendedLifetime(own) {} }
        try own.ask("ALTER SYSTEM SET fsync = off")
        try own.ask("SELECT pg_reload_conf()")
        while try own.ask("SELECT current_setting('fsync')").text(0, 0) != "off" {}
        let failure = #expect(throws: Failure.self) {
            try DurableStore(.schema(schema, on: [own.server]), migrations: [])
        }
        #expect(failure?.code == .unavailable)
    }

    @Test func `a session that turns synchronous commits off by default is overruled`() async throws {
        let own = try DatabaseServer()
        defer { withExtendedLifetime(own) {} }
        try own.ask("ALTER ROLE fountain SET synchronous_commit = off")
        let store = try DurableStore(.schema(schema, on: [own.server]), migrations: [])
        let setting = try await store.write { transaction in
            try transaction.row("SELECT current_setting('synchronous_commit')") { $0.text(0) }
        }
        #expect(setting == "on")
    }

    @Test func `a text with U+0000, which SQLite takes, is the caller's mistake and not ours`() async throws {
        let store = try open()
        let failure = await #expect(throws: Failure.self) {
            try await store.write { transaction in
                try transaction.run("INSERT INTO number (value, note) VALUES ($1, $2)", [.int(1), .text("a\0b")])
            }
        }
        #expect(failure?.code == .invalidRequest)
        #expect(try await store.add(1) == 1)
    }

    /// A restore, and a first batch that comes to nothing.
    @Test func `what was announced is remembered until another epoch is there`() async throws {
        let store = try open()
        for value in 1...3 { try await store.add(value) }
        let before = try #require(try await store.outbox.heads().first)
        try server.ask("DELETE FROM \(schema).event WHERE \"offset\" > 1")
        try server.ask("UPDATE \(schema).topic SET head = 1")
        let (host, name) = (server, schema)
        // The batch is lost with its connection before its COMMIT, and done again.
        let runs = Atomic(0)
        try await store.write { transaction in
            if runs.add(1, ordering: .relaxed).newValue == 1 { try Self.endWriter(host, name) }
            try transaction.publish(numbers, key: "9", Number(value: 9))
        }
        #expect(try await store.outbox.heads().first?.epoch != before.epoch)
    }
}
