// A store moved from a file to a real PostgreSQL server: everything is there, in epochs of its own; interrupted it goes on; and what it refuses.

import Bus
import DatabaseServer
import Foundation
import PostgreSQL
import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct StoreMoveTests {
    /// Every kind of value, a key of two columns with texts that collations sort otherwise than bytes do, a table that gives numbers by itself,
    /// and one that points to it but comes before it by name.
    private static let tables = Migration(
        "moved.1",
        sqlite: """
            CREATE TABLE zoo (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL) STRICT;
            CREATE TABLE animal (
                zoo INTEGER NOT NULL REFERENCES zoo (id), "offset" TEXT NOT NULL, weight REAL, picture BLOB, note TEXT,
                PRIMARY KEY (zoo, "offset")
            ) STRICT, WITHOUT ROWID;
            """,
        postgreSQL: """
            CREATE TABLE zoo (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT NOT NULL);
            CREATE TABLE animal (
                zoo BIGINT NOT NULL REFERENCES zoo (id), "offset" TEXT NOT NULL, weight DOUBLE PRECISION, picture BYTEA, note TEXT,
                PRIMARY KEY (zoo, "offset")
            );
            """
    )

    private let server: DatabaseServer
    private let schema = DatabaseServer.newSchema()
    private let source: DurableStore

    init() async throws {
        server = try DatabaseServer.shared.get()
        source = try StoreKind.sqlite.open([Self.tables])
        for number in 1...3 { try await source.add(number) }
        try await source.write { transaction in
            for id in 1...3 {
                try transaction.run("INSERT INTO zoo (id, name) VALUES ($1, $2)", [.int(id), .text("zoo \(id)")])
            }
            // Its number was given, and is never given again.
            try transaction.run("DELETE FROM zoo WHERE id = 3")
            for number in 0..<1_200 {
                let name = ["a", "B", "ä", "_", ""][number % 5] + "\(number)"
                let picture: SQLValue = number % 3 == 0 ? .null : .bytes([UInt8(number % 256), 0, 255])
                try transaction.run(
                    "INSERT INTO animal VALUES ($1, $2, $3, $4, $5)",
                    [
                        .int(number % 2 + 1), .text(name), .real(Double(number) / 4), picture,
                        .text(number == 7 ? "" : nil),
                    ]
                )
            }
        }
    }

    private func open(_ more: [Migration] = [StoreMove.migration]) throws -> DurableStore {
        var place = DatabaseLocation.schema(schema, on: [server.server], isAlone: !more.isEmpty)
        place.limits = TestDatabase.limits
        return try DurableStore(place, migrations: [TestDatabase.tables, Self.tables] + more)
    }

    private func count(_ table: String) throws -> Int64 {
        try server.ask("SELECT count(*) FROM \(schema).\(table)").integer(0, 0)
    }

    @Test func `everything is there, numbers go on, and the topics have another epoch`() async throws {
        let target = try open()
        let move = try await StoreMove(from: source, to: target)
        let reported = Mutex(0)
        try await move.run { count in reported.withLock { $0 += count } }
        let rows = try await move.count()
        #expect(reported.withLock { $0 } == 2 * rows)
        await target.close()

        let opened = try open([])
        #expect(try await opened.allNumbers() == [1, 2, 3])
        let (old, new) = (try await source.outbox.heads(), try await opened.outbox.heads())
        #expect(old.map(\.head) == new.map(\.head) && old.map(\.epoch) != new.map(\.epoch))
        let given = try await opened.write { transaction in
            try transaction.row("INSERT INTO zoo (name) VALUES ('new') RETURNING id") { $0.int(0) }
        }
        #expect(given == 4)
        #expect(try await opened.add(4) == 4)
        await opened.close()
    }

    @Test func `one that is broken off keeps services away, and goes on where it was`() async throws {
        let target = try open()
        struct Stop: Error {}
        let move = try await StoreMove(from: source, to: target)
        await #expect(throws: Stop.self) { try await move.run({ _ in }, prove: { throw Stop() }) }
        try server.ask("DELETE FROM \(schema).animal WHERE \"offset\" COLLATE \"C\" > 'a5' OR zoo = 2")
        let left = try count("animal")
        await target.close()

        let refused = #expect(throws: Failure.self) { try open([]) }
        #expect(refused?.code == .conflict)
        let again = try open()
        let resumed = try await StoreMove(from: source, to: again)
        let reported = Mutex<[Int]>([])
        try await resumed.run { count in reported.withLock { $0.append(count) } }
        await again.close()
        #expect(left > 0 && left < 1_200 && reported.withLock { $0.contains(Int(left)) })
        #expect(try count("animal") == 1_200)
        await (try open([])).close()
    }

    @Test func `a target with data of its own is left as it is`() async throws {
        let used = try open([])
        try await used.add(7)
        let move = try await StoreMove(from: source, to: used)
        let refused = await #expect(throws: Failure.self) { try await move.run { _ in } }
        #expect(refused?.code == .conflict)
        #expect(try await used.allNumbers() == [7])
        await used.close()
        await (try open([])).close()
    }

    @Test(arguments: [
        "UPDATE @animal SET weight = weight + 1 WHERE zoo = 1 AND \"offset\" = 'a0'",
        "DELETE FROM @animal WHERE zoo = 1 AND \"offset\" = 'a0'",
        "INSERT INTO @animal VALUES (1, 'a', 0, NULL, NULL)",
        "UPDATE @topic SET head = head + 1",
    ])
    func `what differs in the end is no store`(difference: String) async throws {
        let target = try open()
        let move = try await StoreMove(from: source, to: target)
        struct Stop: Error {}
        await #expect(throws: Stop.self) { try await move.run({ _ in }, prove: { throw Stop() }) }
        try server.ask(difference.replacing("@", with: "\(schema)."))
        let refused = await #expect(throws: Failure.self) { try await move.run { _ in } }
        #expect(refused?.code == .conflict)
        await target.close()
        #expect(throws: Failure.self) { try open([]) }
    }

    @Test func `while a service writes to the schema nothing is moved`() async throws {
        let service = try open([])
        #expect(throws: Failure.self) { try open() }
        await service.close()
    }
}
