// The counts of an order's blocks: their text, and what a transaction knows of them.

import Ordering
import Testing

@testable import Storage

@Suite struct BlockCountsTests {
    private func words(_ counts: SiblingCounts) -> String { String(decoding: counts.text, as: UTF8.self) }

    private let siblings = BlockCounts.Siblings(level: 1, parent: 7)

    @Test func `a text names those that hold something`() throws {
        var counts = SiblingCounts()
        #expect(words(counts).isEmpty && counts.isEmpty)
        for (child, count) in [(65, 3), (0, 1), (127, 2_000_000_000)] { counts.add(count, to: child) }
        #expect(words(counts) == "0:1,65:3,127:2000000000")
        #expect(SiblingCounts(counts.text) == counts)
        // As SQL makes them: in any order.
        #expect(SiblingCounts(Array("127:2000000000,0:1,65:3".utf8)) == counts)
        counts.add(-1, to: 0)
        #expect(words(counts) == "65:3,127:2000000000" && !counts.isEmpty)
    }

    @Test(arguments: [
        "", ",", "1", "1:", ":1", "1:2,", "128:1", "1:2:3", "-1:2", "1:-2", " 1:2", "1:2,,3:4", "1:99999999999",
    ])
    func `what is no such text is told from one`(text: String) {
        #expect(SiblingCounts(Array(text.utf8)) == nil)
    }

    @Test func `an element is found by how many lie before it`() throws {
        let counts = try #require(SiblingCounts(Array("2:3,5:1".utf8)))
        #expect(counts.sum(0..<128) == 4 && counts.sum(0..<5) == 3 && counts.sum(3..<5) == 0)
        let found = (0...4).map { counts.child(holding: $0, in: 0..<128) }
        #expect(found.map { $0?.child } == [2, 2, 2, 5, nil] && found.map { $0?.before } == [0, 0, 0, 3, nil])
        #expect(counts.child(holding: 0, in: 3..<128)?.child == 5)
    }

    @Test func `a count never falls below nothing`() {
        var counts = SiblingCounts()
        counts.add(-5, to: 3)
        #expect(counts.isEmpty)
    }

    @Test func `a row is read once, changed as often as is liked, and written once`() throws {
        let counts = BlockCounts()
        var reads = 0
        func read() -> SiblingCounts {
            reads += 1
            return SiblingCounts(Array("3:4".utf8)) ?? SiblingCounts()
        }
        for _ in 1...10 {
            _ = counts.counts(of: siblings, read: read)
            counts.add(1, to: 3, of: siblings)
        }
        #expect(reads == 1)
        #expect(words(counts.counts(of: siblings, read: read)) == "3:14", "who asks sees what waits")
        #expect(counts.takeChanged().map { words($0.counts) } == ["3:14"])
        #expect(counts.takeChanged().isEmpty, "and once written it is not written again")
        #expect(words(counts.counts(of: siblings, read: read)) == "3:14" && reads == 1)
    }

    @Test func `what was only read is not written`() {
        let counts = BlockCounts()
        _ = counts.counts(of: siblings) { SiblingCounts() }
        #expect(counts.takeChanged().isEmpty)
    }

    @Test func `what a closure has changed can be taken back, and what the others changed stays`() {
        let counts = BlockCounts()
        func known() -> String { words(counts.counts(of: siblings) { SiblingCounts() }) }
        func add(to child: Int) {
            _ = known()
            counts.add(1, to: child, of: siblings)
        }
        counts.begin()
        add(to: 1)
        counts.end(keeps: true)
        counts.begin()
        add(to: 2)
        counts.begin()
        add(to: 3)
        counts.end(keeps: true)
        #expect(known() == "1:1,2:1,3:1")
        counts.end(keeps: false)
        #expect(known() == "1:1", "the inner one went with the outer one")
        counts.begin()
        #expect(counts.takeChanged().map { words($0.counts) } == ["1:1"])
        counts.end(keeps: false)
        #expect(counts.takeChanged().map { words($0.counts) } == ["1:1"], "what it wrote was taken back, too")
    }

    /// What waits is written at the end of the transaction, each row once, and thrown away with what failed.
    @Test func `a hundred changes write four rows, and a failed transaction none`() async throws {
        let tables = Migration(
            "order",
            DDL(
                tables: """
                    CREATE TABLE item (sequence TEXT NOT NULL, place INTEGER NOT NULL) STRICT;
                    CREATE UNIQUE INDEX item_place ON item (sequence, place);
                    \(OrderedTable.counts("tally", list: "TEXT"))
                    CREATE TABLE written (level INTEGER NOT NULL) STRICT;
                    CREATE TRIGGER tally_written AFTER INSERT ON tally BEGIN INSERT INTO written VALUES (new.level); END;
                    CREATE TRIGGER tally_changed AFTER UPDATE ON tally BEGIN INSERT INTO written VALUES (new.level); END;
                    """
            )
        )
        let store = try DurableStore(.memory, migrations: [tables])
        let sql = OrderedTable.Statements(rows: "item", counts: "tally")
        @Sendable func append(_ number: Int, _ transaction: any Transaction) throws -> Int {
            let table = OrderedTable(transaction, sql, list: .text("a"), counts: BlockCounts())
            let list = OrderedList(table)
            for _ in 1...number {
                let place = try list.room(for: 1, at: .end).places[0]
                try transaction.run(
                    "INSERT INTO item (sequence, place) VALUES ($1, $2)",
                    [.text("a"), .integer(place)]
                )
                try list.added([place])
            }
            try table.settle()
            return try list.count()
        }
        await #expect(throws: Refused.self) {
            try await store.write { transaction in
                _ = try append(5, transaction)
                throw Refused()
            }
        }
        #expect(try await store.write { try append(100, $0) } == 100)
        #expect(try await store.write { try append(28, $0) } == 128, "what was written is read again")
        let levels = try await store.read { try $0.rows("SELECT level FROM written ORDER BY level") { $0.int(0) } }
        #expect(levels == [0, 0, 1, 1, 2, 2, 3, 3])
        let left = try await store.write { transaction in
            let table = OrderedTable(transaction, sql, list: .text("a"), counts: BlockCounts())
            let list = OrderedList(table)
            let places = try (1...list.count()).compactMap { try list.place(at: $0) }
            try transaction.run("DELETE FROM item", [])
            try list.removed(places)
            try table.settle()
            return try transaction.rows("SELECT level FROM tally", []) { $0.int(0) }
        }
        #expect(left.isEmpty, "who holds nothing has no row")
    }
}
