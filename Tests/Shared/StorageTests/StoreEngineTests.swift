// What every engine must do, asked of each of them.

import Bus
import Ordering
import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct StoreEngineTests {
    @Test(arguments: StoreKind.allCases) func `values of every kind come back as they went`(
        kind: StoreKind
    ) async throws {
        let table = Migration("kinds", DDL(tables: "CREATE TABLE kind (i INTEGER, t TEXT, b BLOB) STRICT"))
        let store = try kind.open([table])
        let rows: [[SQLValue]] = [
            [.integer(.min), .text("e\u{301} \u{10FFFF}'"), .bytes([0, 255])], [.null, .null, .null],
            [.flag(true), .text(""), .bytes([])], [.bits(.max), .text("\u{E9}"), .bytes([7])],
        ]
        try await store.write { transaction in
            for row in rows { try transaction.later("INSERT INTO kind (i, t, b) VALUES ($1, $2, $3)", row) }
        }
        let found = try await store.read { transaction in
            try transaction.rows("SELECT i, t, b FROM kind") { row -> [SQLValue] in
                [
                    row.isNull(0) ? .null : .integer(row.integer(0)), .text(row.textIfAny(1)),
                    .bytes(row.bytesIfAny(2)),
                ]
            }
        }
        #expect(found == rows)
    }

    private static let note: SQL = "SELECT note FROM number WHERE value = $1"

    @Test(arguments: StoreKind.allCases) func `what is asked ahead is answered as if it were asked when it is wanted`(
        kind: StoreKind
    ) async throws {
        let store = try kind.open()
        @Sendable func read(_ value: Int, _ transaction: any Transaction) throws -> String? {
            try transaction.row(Self.note, [.int(value)]) { $0.textIfAny(0) } ?? nil
        }
        let seen = try await store.write { transaction -> [String?] in
            let (one, two): ([SQLValue], [SQLValue]) = ([.int(1)], [.int(2)])
            try transaction.run("INSERT INTO number (value, note) VALUES (1, 'first'), (2, 'other')")
            for asked in [one, two, one] { try transaction.prefetch(Self.note, asked) }
            let before = [try read(2, transaction), try read(1, transaction), try read(1, transaction)]
            // Asked before a change, and wanted after it; asked again, and never wanted.
            for asked in [one, two] { try transaction.prefetch(Self.note, asked) }
            try transaction.later("UPDATE number SET note = 'second' WHERE value = $1", one)
            let changed = try read(1, transaction)
            try transaction.prefetch(Self.note, one)
            _ = try? transaction.attempt {
                try transaction.run("UPDATE number SET note = 'never' WHERE value = 1")
                throw Refused()
            }
            return before + [changed, try read(1, transaction), try read(3, transaction)]
        }
        #expect(seen == ["other", "first", "first", "second", "second", nil])
        let later = try await store.read { transaction in
            try transaction.prefetch(Self.note, [.int(2)])
            try transaction.prefetch(Self.note, [.int(1)])
            return [try read(1, transaction), try read(2, transaction)]
        }
        #expect(later == ["second", "other"])
        // What one transaction has asked and not wanted is no other's answer.
        try await store.read { try $0.prefetch(Self.note, [.int(1)]) }
        _ = try await store.write { try $0.run("UPDATE number SET note = 'third' WHERE value = 1") }
        #expect(try await store.read { try read(1, $0) } == "third")
    }

    @Test(arguments: StoreKind.allCases) func `offsets have no holes under writers that fail at random`(
        kind: StoreKind
    ) async throws {
        let store = try kind.open()
        let seen = Mutex<[Event]>([])
        store.outbox.observe { events in seen.withLock { $0 += events } }
        let answered = await withTaskGroup(of: [UInt64: Int].self) { group in
            for writer in 0..<16 { group.addTask { await Self.addMany(writer, to: store) } }
            return await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        }
        let events = try await store.outbox.read(topic: numbers.name, from: 1, limit: 10_000)
        #expect(events.map(\.offset) == Array(1...UInt64(answered.count)))
        #expect(try events.map { try $0.decode(numbers).value } == answered.sorted { $0.key < $1.key }.map(\.value))
        #expect(seen.withLock { $0 } == events)
        #expect(try await store.allNumbers() == answered.values.sorted())
        #expect(try await store.outbox.heads().map(\.head) == [UInt64(answered.count)])
    }

    /// What is wrong shows only at the COMMIT, behind the last closure.
    @Test(arguments: StoreKind.allCases) func `of a COMMIT that fails nobody hears, and its offset is the next one's`(
        kind: StoreKind
    ) async throws {
        let pointers = DDL(
            tables: """
                CREATE TABLE pointer (
                    id INTEGER PRIMARY KEY,
                    target INTEGER REFERENCES number (value) DEFERRABLE INITIALLY DEFERRED
                ) STRICT
                """
        )
        let store = try kind.open([Migration("pointers", pointers)])
        let seen = Mutex<[Event]>([])
        store.outbox.observe { events in seen.withLock { $0 += events } }
        await #expect(throws: (any Error).self) {
            try await store.write { transaction in
                try transaction.run("INSERT INTO pointer (id, target) VALUES (1, 7)", [])
                try transaction.publish(numbers, key: "7", Number(value: 7))
            }
        }
        #expect(seen.withLock { $0.isEmpty })
        #expect(try await store.add(8) == 1)
        let events = try await store.outbox.read(topic: numbers.name, from: 1, limit: 9)
        #expect(try events.map { try $0.decode(numbers).value } == [8] && seen.withLock { $0 } == events)
    }

    private static func addMany(_ writer: Int, to store: DurableStore) async -> [UInt64: Int] {
        var answered: [UInt64: Int] = [:]
        for step in 0..<10 {
            let value = writer * 100 + step
            if let offset = try? await store.add(value, failing: value % 3 == 0) { answered[offset] = value }
        }
        return answered
    }

    /// The statement's answer is not waited for; it is the closure's failure all the same.
    @Test(arguments: StoreKind.allCases) func `a statement that fails later takes its closure with it and no other`(
        kind: StoreKind
    ) async throws {
        let store = try kind.open()
        try await store.add(5)
        let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
            for value in 1...20 {
                group.addTask {
                    do {
                        try await store.write { transaction in
                            let number = value % 4 == 0 ? 5 : value + 100
                            try transaction.later("INSERT INTO number (value) VALUES ($1)", [.int(number)])
                            try transaction.publish(numbers, key: "k", Number(value: number))
                        }
                        return (value, true)
                    } catch { return (value, (error as? StoreError)?.kind != .constraint) }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(outcomes.filter { !$0.value }.keys.sorted() == [4, 8, 12, 16, 20])
        #expect(try await store.allNumbers() == [5] + (1...20).filter { $0 % 4 != 0 }.map { $0 + 100 })
        let events = try await store.outbox.read(topic: numbers.name, from: 1, limit: 100)
        #expect(events.map(\.offset) == Array(1...16))
    }

    @Test(arguments: StoreKind.allCases) func `what an attempt did is undone where it throws, and nothing else`(
        kind: StoreKind
    ) async throws {
        let store = try kind.open()
        try await store.write { transaction in
            try transaction.later("INSERT INTO number (value) VALUES ($1)", [.int(1)])
            try? transaction.attempt {
                try transaction.later("INSERT INTO number (value) VALUES ($1)", [.int(2)])
                throw Refused()
            }
            #expect(throws: StoreError.self) {
                try transaction.attempt { try transaction.run("INSERT INTO number (value) VALUES ($1)", [.int(1)]) }
            }
            try transaction.attempt { try transaction.later("INSERT INTO number (value) VALUES ($1)", [.int(3)]) }
        }
        #expect(try await store.allNumbers() == [1, 3])
    }

    @Test(arguments: StoreKind.allCases) func `a claim is answered once, whoever comes at the same time`(
        kind: StoreKind
    ) async throws {
        let store = try kind.open()
        let context = CallContext(operation: "number.add", idempotencyKey: "k")
        let claim = try IdempotencyClaim(context, Number(value: 1))
        let answers = try await withThrowingTaskGroup(of: Number.self) { group in
            for value in 1...20 {
                group.addTask {
                    try await store.write { transaction in
                        try IdempotencyLedger.once(claim, now: .now, in: transaction) {
                            try transaction.run("INSERT INTO number (value) VALUES ($1)", [.int(value)])
                            return Number(value: value)
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(answers.map(\.value)).count == 1)
        #expect(try await store.allNumbers() == [answers[0].value])
        let other = try IdempotencyClaim(context, Number(value: 2))
        let failure = await #expect(throws: Failure.self) {
            try await store.write { transaction in
                try IdempotencyLedger.once(other, now: .now, in: transaction) { Number(value: 2) }
            }
        }
        #expect(failure?.code == .idempotencyKeyReused)
    }

    @Test(arguments: StoreKind.allCases) func `pages, pruning and consumers are the same everywhere`(
        kind: StoreKind
    ) async throws {
        let store = try kind.open()
        for value in 1...9 { try await store.add(value) }
        let outbox = store.outbox
        #expect(try await outbox.read(topic: numbers.name, from: 4, limit: 3).map(\.offset) == [4, 5, 6])
        #expect(try await outbox.page(of: numbers.name, from: 2, limit: 5, bytes: 1 << 20)?.block?.count == 5)
        #expect(try await outbox.prune(numbers.name, before: 5, limit: 3) == 3)
        #expect(try await outbox.prune(numbers.name, before: 5, limit: 3) == 1)
        let head = try #require(try await outbox.heads().first)
        #expect(head.tail == 5 && head.head == 9)
        #expect(try await outbox.firstOffset(of: numbers.name, since: Deadline(microseconds: 0)) == 5)
        let position = try await outbox.update("c", of: numbers.name) { known, head in
            #expect(known == nil)
            return ConsumerPosition(consumer: "c", topic: head.topic, epoch: head.epoch, acknowledged: 3)
        }
        #expect(try await outbox.positions() == [position])
        #expect(try await outbox.remove("c", of: nil) == 1)
        #expect(try await outbox.positions().isEmpty)
    }

    @Test(arguments: StoreKind.allCases) func `parked events come back whole, oldest first`(
        kind: StoreKind
    ) async throws {
        let store = try kind.open()
        for value in [3, 1] { try await store.add(value) }
        let events = try await store.outbox.read(topic: numbers.name, from: 1, limit: 10)
        try await store.write { transaction in
            for event in events + [events[0]] { try ParkedEvents(transaction).park(event, reason: "no") }
        }
        let parked = try await store.read { try ParkedEvents($0).list() }
        #expect(try await store.read { try ParkedEvents($0).count() } == parked.count)
        #expect(parked.map(\.event) == events && parked.map(\.attempts) == [2, 1])
        #expect(try await store.write { try ParkedEvents($0).remove(events[0]) })
        #expect(try await store.read { try ParkedEvents($0).list() }.map(\.event) == [events[1]])
    }

    /// An order of elements in tables, held against an array.
    @Test(arguments: StoreKind.allCases) func `ranks are those of an array`(kind: StoreKind) async throws {
        let tables = Migration(
            "order",
            DDL(
                tables: """
                    CREATE TABLE item (sequence TEXT NOT NULL, place INTEGER NOT NULL) STRICT;
                    CREATE UNIQUE INDEX item_place ON item (sequence, place);
                    \(OrderedTable.counts("tally", list: "TEXT"))
                    """
            )
        )
        let store = try kind.open([tables])
        try await store.write { transaction in
            let table = OrderedTable(transaction, Self.order, list: .text("a"))
            let list = OrderedList(table)
            var expected: [Int64] = []
            for step in 0..<60 {
                let spot: OrderedList<OrderedTable>.Spot =
                    expected.isEmpty || step % 3 == 0 ? .end : .before(expected[step % expected.count])
                let room = try list.room(for: 1, at: spot)
                if let respacing = room.respacing { expected = expected.map { respacing.image(of: $0) } }
                let place = room.places[0]
                try transaction.later(
                    "INSERT INTO item (sequence, place) VALUES ($1, $2)",
                    [.text("a"), .integer(place)]
                )
                try list.added([place])
                expected.insert(place, at: expected.firstIndex { $0 > place } ?? expected.count)
            }
            #expect(try list.ranks(of: expected) == Array(1...60))
            #expect(try list.place(at: 17) == expected[16] && list.place(at: 61) == nil)
            #expect(try list.count() == 60)
        }
    }

    private static let order = OrderedTable.Statements(rows: "item", counts: "tally")

    @Test(arguments: StoreKind.allCases) func `who reads does not write`(kind: StoreKind) async throws {
        guard kind != .memory else { return }
        let store = try kind.open()
        await #expect(throws: (any Error).self) {
            try await store.read { try $0.run("INSERT INTO number (value) VALUES ($1)", [.int(1)]) }
        }
        try await store.add(2)
        #expect(try await store.allNumbers() == [2])
    }

    @Test(arguments: [StoreKind.sqlite, .postgreSQL]) func `what was there is there after the next start`(
        kind: StoreKind
    ) async throws {
        let place = try kind.place()
        let before = try DurableStore(place, topics: [numbers.name], migrations: [TestDatabase.tables])
        let offset = try await before.add(1)
        let head = try await before.outbox.heads()
        await before.close()
        let after = try DurableStore(place, topics: [numbers.name], migrations: [TestDatabase.tables])
        #expect(try await after.outbox.heads() == head)
        #expect(try await after.add(2) == offset + 1)
        #expect(try await after.allNumbers() == [1, 2])
        await #expect(throws: Failure.self) { try await before.add(3) }
    }

    @Test(arguments: [StoreKind.sqlite, .postgreSQL])
    func `a store that a newer version has only made larger is that of both`(kind: StoreKind) async throws {
        let (place, column) = (try kind.place(), "ALTER TABLE number ADD COLUMN half INTEGER NOT NULL DEFAULT 7")
        let larger = Migration("larger", DDL(tables: column), expands: true)
        for (value, steps) in [(1, [larger]), (2, []), (3, [larger])] {
            let store = try DurableStore(place, topics: [numbers.name], migrations: [TestDatabase.tables] + steps)
            try await store.add(value)
            if value == 3 {
                let halves = try await store.read { try $0.rows("SELECT half FROM number") { $0.int(0) } }
                #expect(halves == [7, 7, 7])
            }
            await store.close()
        }
    }

    @Test(arguments: [StoreKind.sqlite, .postgreSQL]) func `a store of a newer version is refused`(
        kind: StoreKind
    ) async throws {
        let place = try kind.place()
        let newer = Migration("newer", DDL(tables: "CREATE TABLE newer (a INTEGER) STRICT"))
        let store = try DurableStore(place, migrations: [TestDatabase.tables, newer])
        await store.close()
        let failure = #expect(throws: Failure.self) { try DurableStore(place, migrations: [TestDatabase.tables]) }
        #expect(failure?.code == .unavailable && failure?.detail.contains("newer version") == true)
    }
}
