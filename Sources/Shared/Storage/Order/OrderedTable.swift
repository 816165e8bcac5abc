// The places of one list in a table of its service, and the counts of their blocks in another: what `OrderedList` works on.
//
//     <rows>(sequence, place, …)                     an index on (sequence, place); no place, not in the list
//     <counts>(sequence, level, parent, counts)      by (sequence, level, parent): the blocks of a level that have the same block above
//                                                    them, in one row (`SiblingCounts`), so that a number is found by reading four

package import Ordering

package struct OrderedTable: PlaceTable {
    private let transaction: any Transaction
    private let sql: Statements
    private let list: SQLValue
    private let counts: BlockCounts
    private let writesAtOnce: Bool

    /// - Parameters:
    ///   - transaction: What is read and written in.
    ///   - sql: The statements on the two tables; make them once.
    ///   - list: Which list: the value of `sequence` in both.
    ///   - counts: What is known of its counts in this transaction, and waits for `settle`; without it changes are written at once, and no two
    ///     values may be in use for the same list.
    package init(_ transaction: any Transaction, _ sql: Statements, list: SQLValue, counts: BlockCounts? = nil) {
        self.transaction = transaction
        self.sql = sql
        self.list = list
        self.counts = counts ?? BlockCounts()
        writesAtOnce = counts == nil
    }

    /// Writes what has changed.
    package func settle() throws {
        for (siblings, counts) in counts.takeChanged() {
            let row: [SQLValue] = [list, .int(siblings.level), .integer(siblings.parent)]
            if counts.isEmpty {
                try transaction.later(sql.forget, row)
            } else {
                try transaction.later(sql.write, row + [.bytes(counts.text)])
            }
        }
    }

    /// Says that the last of all places will be asked for.
    package func prefetchLast() throws { try transaction.prefetch(sql.last, bounds(0..<PlaceSpace.end)) }

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
        var sum = 0
        for (siblings, children) in Self.siblings(level, slots) { sum += try counts(of: siblings).sum(children) }
        return sum
    }

    package func block(holding offset: Int, level: Int, slots: Range<Int64>) throws -> (slot: Int64, before: Int)? {
        var before = 0
        for (siblings, children) in Self.siblings(level, slots) {
            let counts = try counts(of: siblings)
            if let found = counts.child(holding: offset - before, in: children) {
                return (siblings.parent * PlaceSpace.siblings + Int64(found.child), before + found.before)
            }
            before += counts.sum(children)
        }
        return nil
    }

    package func add(_ count: Int, level: Int, slot: Int64) throws {
        let (parent, child) = slot.quotientAndRemainder(dividingBy: PlaceSpace.siblings)
        let siblings = BlockCounts.Siblings(level: level, parent: parent)
        _ = try counts(of: siblings)
        counts.add(count, to: Int(child), of: siblings)
        if writesAtOnce { try settle() }
    }

    private func counts(of siblings: BlockCounts.Siblings) throws -> SiblingCounts {
        try counts.counts(of: siblings) {
            let row: [SQLValue] = [list, .int(siblings.level), .integer(siblings.parent)]
            guard let text = try transaction.row(sql.counts, row, { $0.bytes(0) }) else { return SiblingCounts() }
            guard let counts = SiblingCounts(text) else {
                throw StoreError(.damaged, "counts of an order are no counts")
            }
            return counts
        }
    }

    /// The rows that a range of blocks is in, and which children of each.
    private static func siblings(_ level: Int, _ slots: Range<Int64>) -> [(BlockCounts.Siblings, Range<Int>)] {
        guard !slots.isEmpty else { return [] }
        let (most, last) = (PlaceSpace.siblings, slots.upperBound - 1)
        return (slots.lowerBound / most...last / most).map { parent in
            let range = (parent * most..<(parent + 1) * most).clamped(to: slots)
            let children = Int(range.lowerBound - parent * most)..<Int(range.upperBound - parent * most)
            return (BlockCounts.Siblings(level: level, parent: parent), children)
        }
    }

    private func number(_ sql: SQL, in range: Range<Int64>) throws -> Int64? {
        try transaction.row(sql, bounds(range)) { $0.isNull(0) ? nil : $0.integer(0) } ?? nil
    }

    private func bounds(_ range: Range<Int64>) -> [SQLValue] {
        [list, .integer(range.lowerBound), .integer(range.upperBound)]
    }
}

extension OrderedTable {
    /// The statements on two tables, by the names that a service gives them.
    package struct Statements: Sendable {
        let first, last, count, at, places, move, counts, write, forget: SQL

        package init(rows: String, counts table: String) {
            let inRange = "FROM \(rows) WHERE sequence = $1 AND place >= $2 AND place < $3"
            let siblings = "WHERE sequence = $1 AND level = $2 AND parent = $3"
            first = SQL("SELECT place \(inRange) ORDER BY place LIMIT 1")
            last = SQL("SELECT place \(inRange) ORDER BY place DESC LIMIT 1")
            count = SQL("SELECT count(*) \(inRange)")
            at = SQL("SELECT place \(inRange) ORDER BY place LIMIT 1 OFFSET $4")
            places = SQL("SELECT place \(inRange) ORDER BY place")
            move = SQL("UPDATE \(rows) SET place = $1 WHERE sequence = $2 AND place = $3")
            counts = SQL("SELECT counts FROM \(table) \(siblings)")
            write = SQL(
                """
                INSERT INTO \(table) (sequence, level, parent, counts) VALUES ($1, $2, $3, $4)
                ON CONFLICT (sequence, level, parent) DO UPDATE SET counts = excluded.counts
                """
            )
            forget = SQL("DELETE FROM \(table) \(siblings)")
        }
    }

    /// Makes the table of counts: `list` is the type of `sequence` in it.
    package static func counts(_ table: String, list: String) -> String {
        """
        CREATE TABLE \(table) (
            sequence \(list) NOT NULL,
            level INTEGER NOT NULL,
            parent INTEGER NOT NULL,
            counts BLOB NOT NULL,
            PRIMARY KEY (sequence, level, parent)
        ) STRICT, WITHOUT ROWID;
        """
    }

    /// From a table with a row for each block to one with a row for those that are siblings.
    package static func gathering(_ table: String, from blocks: String) -> DDL {
        let child = "(slot % \(PlaceSpace.siblings))"
        func gathered(_ gather: String) -> String {
            """
            INSERT INTO \(table) (sequence, level, parent, counts)
            SELECT sequence, level, slot / \(PlaceSpace.siblings), \(gather) FROM \(blocks)
            GROUP BY sequence, level, slot / \(PlaceSpace.siblings);
            DROP TABLE \(blocks);
            """
        }
        return DDL(
            sqlite: gathered("CAST(group_concat(\(child) || ':' || count) AS BLOB)"),
            postgreSQL: gathered("convert_to(string_agg(\(child) || ':' || count, ','), 'UTF8')")
        )
    }
}
