// Moves what an SQLite store has into an empty store on PostgreSQL, and holds the one against the other.
//
//     mark ── table after table, portion after portion, each a transaction ── every row compared ── mark taken away
//
// Interrupted anywhere it goes on where it was: rows go in the order of their keys, so the last one that is there says how far it came. Until the
// mark is gone no service opens the store. Topics get another epoch there: whoever follows them begins with the present state.
//
// It changes nothing in the source, and refuses a target that has anything that no move of its own has brought.

import Bus

package struct StoreMove: Sendable {
    /// What stands among a store's migrations while it is being filled.
    static let mark = "unfinished move"
    /// Opens a store that is being filled; run on none.
    package static let migration = Migration(mark, "")

    /// Rows in one transaction, and in one comparison.
    private static let portion = 500

    private let source: DurableStore
    private let target: DurableStore
    private let tables: [MovedTable]

    /// The tables as the source has them; the target has to be open for a move (`migration`).
    package init(from source: DurableStore, to target: DurableStore) async throws {
        (self.source, self.target) = (source, target)
        tables = try await source.read { try MovedTable.all(in: $0) }
    }

    /// Rows that there are to move.
    package func count() async throws -> Int {
        try await source.read { [tables] transaction in
            try tables.reduce(0) { try $0 + (transaction.row($1.count) { $0.int(0) } ?? 0) }
        }
    }

    /// Copies and compares; `report` hears of rows that are copied, and of each once more that is compared.
    ///
    /// - Parameters:
    ///   - report: Of how many rows more.
    ///   - prove: What else has to hold before a service may open the store.
    /// - Throws: `Failure` with `conflict` where the target has data of its own, or differs in the end; what `prove` throws.
    package func run(_ report: @Sendable (Int) -> Void, prove: () async throws -> Void = {}) async throws {
        try await begin()
        for table in tables { try await copy(table, report) }
        for table in tables { try await compare(table, report) }
        try await prove()
        try await end()
    }

    // MARK: The mark

    private func begin() async throws {
        try await target.write { [tables] transaction in
            let isMarked = try transaction.exists("SELECT 1 FROM migration WHERE identifier = $1", [.text(Self.mark)])
            guard !isMarked else { return }
            // What a service declares when it starts, and nobody has written to.
            try transaction.run("DELETE FROM topic WHERE head = 0")
            for table in tables {
                guard try transaction.row(table.count, [], { $0.int(0) }) == 0 else {
                    throw Failure(
                        .conflict,
                        "There is data already where it shall go: the table \(table.name) is not empty. Drop the schema first."
                    )
                }
            }
            try transaction.run("INSERT INTO migration (identifier) VALUES ($1)", [.text(Self.mark)])
        }
    }

    private func end() async throws {
        let given = try await numbersGiven()
        try await target.write { transaction in
            for (table, column, number) in given {
                _ = try transaction.row(
                    "SELECT setval(pg_get_serial_sequence($1, $2), $3)",
                    [.text(table), .text(column), .integer(number)]
                ) { _ in }
            }
            try transaction.run("DELETE FROM migration WHERE identifier = $1", [.text(Self.mark)])
        }
    }

    /// The last number that a table has given by itself, also where its row is gone.
    private func numbersGiven() async throws -> [(String, String, Int64)] {
        try await source.read { [tables] transaction in
            guard try transaction.exists("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'") else {
                return []
            }
            let given = try transaction.rows("SELECT name, seq FROM sqlite_sequence WHERE seq > 0") {
                ($0.text(0), $0.integer(1))
            }
            return given.compactMap { name, number in
                tables.first { $0.name == name }.map { (name, $0.columns[$0.key[0]].name, number) }
            }
        }
    }

    // MARK: Copying

    private func copy(_ table: MovedTable, _ report: @Sendable (Int) -> Void) async throws {
        var last = try await target.read { transaction in try transaction.row(table.last, [], table.values) }
        report(try await target.read { transaction in try transaction.row(table.count, [], { $0.int(0) }) ?? 0 })
        while true {
            let rows = try await page(of: table, behind: last, from: source, .sqlite)
            guard !rows.isEmpty else { return }
            try await target.write(isLong: true) { transaction in
                for row in rows { try transaction.later(table.insert, Self.renewed(row, table)) }
            }
            report(rows.count)
            last = rows.last
        }
    }

    private func page(
        of table: MovedTable,
        behind last: [SQLValue]?,
        from store: DurableStore,
        _ side: MovedTable.Side
    ) async throws -> [[SQLValue]] {
        let key = last.map { last in table.key.map { last[$0] } } ?? []
        let sql = table.page(on: side, isFirst: last == nil)
        return try await store.read { try $0.rows(sql, key + [.int(Self.portion)], table.values) }
    }

    /// A topic begins a new epoch: its offsets are these, but who has remembered one of them has it of another log.
    private static func renewed(_ row: [SQLValue], _ table: MovedTable) -> [SQLValue] {
        guard table.name == "topic" else { return row }
        return zip(row, table.columns).map { $1.name == "epoch" ? .integer(.random(in: 1...(.max))) : $0 }
    }

    // MARK: Comparing

    private func compare(_ table: MovedTable, _ report: @Sendable (Int) -> Void) async throws {
        var last: [SQLValue]?
        while true {
            let here = try await page(of: table, behind: last, from: source, .sqlite)
            let there = try await page(of: table, behind: last, from: target, .postgreSQL)
            guard here.count == there.count, zip(here, there).allSatisfy({ Self.isSame($0, $1, table) }) else {
                throw Failure(
                    .conflict,
                    "The table \(table.name) is not the same there. Has a service run meanwhile? Drop the schema, and move again."
                )
            }
            guard !here.isEmpty else { return }
            report(here.count)
            last = here.last
        }
    }

    /// But for the epochs, which have to differ.
    private static func isSame(_ here: [SQLValue], _ there: [SQLValue], _ table: MovedTable) -> Bool {
        zip(zip(here, there), table.columns).allSatisfy { values, column in
            let isEpoch = table.name == "topic" && column.name == "epoch"
            return isEpoch ? values.0 != values.1 : values.0 == values.1
        }
    }
}
