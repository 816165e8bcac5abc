// The places of one list in a table of its service, and the counts of their blocks in another: what `OrderedList` works on.
//
//     <rows>(sequence, place, …)                 an index on (sequence, place); no place, not in the list
//     <blocks>(sequence, level, slot, count)     by (sequence, level, slot)

package import Ordering

package struct OrderedTable: PlaceTable {
    private let transaction: any Transaction
    private let sql: Statements
    private let list: SQLValue
    private let pending: PendingCounts?

    /// - Parameters:
    ///   - transaction: What is read and written in.
    ///   - sql: The statements on the two tables; make them once.
    ///   - list: Which list: the value of `sequence` in both.
    ///   - pending: Where counts wait until `settle`; without it they are written at once.
    package init(_ transaction: any Transaction, _ sql: Statements, list: SQLValue, pending: PendingCounts? = nil) {
        self.transaction = transaction
        self.sql = sql
        self.list = list
        self.pending = pending
    }

    /// Writes what is pending.
    package func settle() throws {
        for (level, slot, count) in pending?.take() ?? [] { try write(count, level, slot) }
    }

    package func first(in range: Range<Int64>) throws -> Int64? { try number(sql.first, in: range) }
    package func last(in range: Range<Int64>) throws -> Int64? { try number(sql.last, in: range) }
    package func count(in range: Range<Int64>) throws -> Int { Int(try number(sql.count, in: range) ?? 0) }

    package func place(at offset: Int, in range: Range<Int64>) throws -> Int64? {
        try transaction.row(sql.at, bounds(range) + [.int(offset)]) { $0.integer(0) }
    }

    package func places(in range: Range<Int64>) throws -> [Int64] {
        try transaction.rows(sql.places, bounds(range)) { $0.integer(0) }
    }

    package func move(_ moves: [Respacing.Move]) throws {
        for move in moves { try transaction.later(sql.move, [.integer(move.to), list, .integer(move.from)]) }
    }

    package func sum(level: Int, slots: Range<Int64>) throws -> Int {
        let written = try transaction.row(sql.sum, bounds(level, slots)) { $0.int(0) } ?? 0
        return written + (pending?.sum(level: level, slots: slots) ?? 0)
    }

    package func block(holding offset: Int, level: Int, slots: Range<Int64>) throws -> (slot: Int64, before: Int)? {
        try settle()
        var before = 0
        var found: Int64?
        try transaction.each(sql.counts, bounds(level, slots)) { row in
            let count = row.int(1)
            guard offset < before + count else {
                before += count
                return true
            }
            found = row.integer(0)
            return false
        }
        return found.map { ($0, before) }
    }

    package func add(_ count: Int, level: Int, slot: Int64) throws {
        guard let pending else { return try write(count, level, slot) }
        pending.add(count, level: level, slot: slot)
    }

    private func write(_ count: Int, _ level: Int, _ slot: Int64) throws {
        let block: [SQLValue] = [list, .int(level), .integer(slot)]
        // Only what becomes less can become nothing: nobody has to look at the rest.
        guard count < 0 else { return try transaction.later(sql.raise, block + [.int(count)]) }
        let sum = try transaction.row(sql.add, block + [.int(count)]) { $0.int(0) }
        if sum == 0 { try transaction.later(sql.forget, block) }
    }

    private func number(_ sql: SQL, in range: Range<Int64>) throws -> Int64? {
        try transaction.row(sql, bounds(range)) { $0.isNull(0) ? nil : $0.integer(0) } ?? nil
    }

    private func bounds(_ range: Range<Int64>) -> [SQLValue] {
        [list, .integer(range.lowerBound), .integer(range.upperBound)]
    }

    private func bounds(_ level: Int, _ slots: Range<Int64>) -> [SQLValue] {
        [list, .int(level), .integer(slots.lowerBound), .integer(slots.upperBound)]
    }
}

extension OrderedTable {
    /// The statements on two tables, by the names that a service gives them.
    package struct Statements: Sendable {
        let first, last, count, at, places, move, sum, counts, raise, add, forget: SQL

        package init(rows: String, blocks: String) {
            let inRange = "FROM \(rows) WHERE sequence = $1 AND place >= $2 AND place < $3"
            let inSlots = "FROM \(blocks) WHERE sequence = $1 AND level = $2 AND slot >= $3 AND slot < $4"
            first = SQL("SELECT min(place) \(inRange)")
            last = SQL("SELECT max(place) \(inRange)")
            count = SQL("SELECT count(*) \(inRange)")
            at = SQL("SELECT place \(inRange) ORDER BY place LIMIT 1 OFFSET $4")
            places = SQL("SELECT place \(inRange) ORDER BY place")
            move = SQL("UPDATE \(rows) SET place = $1 WHERE sequence = $2 AND place = $3")
            sum = SQL("SELECT CAST(coalesce(sum(count), 0) AS BIGINT) \(inSlots)")
            counts = SQL("SELECT slot, count \(inSlots) ORDER BY slot")
            let adding = """
                INSERT INTO \(blocks) (sequence, level, slot, count) VALUES ($1, $2, $3, $4)
                ON CONFLICT (sequence, level, slot) DO UPDATE SET count = \(blocks).count + excluded.count
                """
            raise = SQL(adding)
            add = SQL("\(adding) RETURNING count")
            forget = SQL("DELETE FROM \(blocks) WHERE sequence = $1 AND level = $2 AND slot = $3")
        }
    }
}
