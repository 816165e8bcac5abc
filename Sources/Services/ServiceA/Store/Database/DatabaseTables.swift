// The tables of `SequenceSchema` as the rules ask for them, inside one transaction. Reads are in `DatabaseTables+Reads`, places in
// `Storage.OrderedTable`.
//
// What change after change of a batch changes again (a sequence's revision, the counts of its blocks) waits in `Unwritten` for its end.

package import Bus
package import Contracts
package import Ordering
package import Storage

package struct DatabaseTables: SequenceTables {
    private static let order = OrderedTable.Statements(rows: "element", counts: "tally")

    let transaction: any Transaction
    let unwritten: Unwritten

    init(_ transaction: any Transaction) {
        self.transaction = transaction
        unwritten = transaction.deferred(Unwritten.self)
    }

    package func places(of sequence: Int64) -> OrderedTable {
        OrderedTable(transaction, Self.order, list: .integer(sequence), counts: unwritten.counts(of: sequence))
    }

    private static let addSequence: SQL =
        "INSERT INTO sequence (name, is_dropped, revision) VALUES ($1, 0, 0) RETURNING id"

    package func addSequence(_ name: SequenceName) throws -> SequenceRow {
        guard let id = try transaction.row(Self.addSequence, [.text(name.text)], { $0.integer(0) }) else {
            throw Failure(.internalError, "The store gave a sequence no number.")
        }
        let row = SequenceRow(id: id, name: name, revision: 0)
        unwritten.know(row)
        return row
    }

    private static let dropSequence: SQL = "UPDATE sequence SET is_dropped = 1 WHERE id = $1"

    package func dropSequence(_ sequence: SequenceRow) throws {
        unwritten.forget(sequence)
        try transaction.later(Self.dropSequence, [.integer(sequence.id)])
    }

    private static let touch: SQL = "UPDATE sequence SET revision = $1 WHERE id = $2"

    package func touch(_ sequence: Int64, _ revision: UInt64) throws { unwritten.touch(sequence, revision) }

    func write(revision: UInt64, of sequence: Int64) throws {
        try transaction.later(Self.touch, [.count(revision), .integer(sequence)])
    }

    private static let insert: SQL = """
        INSERT INTO element (sequence, type, id, place, version, revision, placed)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """

    package func insert(_ row: ElementRow, _ now: Deadline) throws {
        try transaction.later(
            Self.insert,
            row.name + [.integer(row.place), .int(row.version), .count(row.revision), .count(row.placed)]
        )
        try insertVersion(row, now)
    }

    private static let setVersion: SQL = """
        UPDATE element SET version = $4, revision = $5 WHERE sequence = $1 AND type = $2 AND id = $3
        """

    package func addVersion(_ row: ElementRow, _ now: Deadline) throws {
        try transaction.later(Self.setVersion, row.name + [.int(row.version), .count(row.revision)])
        try insertVersion(row, now)
    }

    private static let put: SQL = """
        UPDATE element SET place = $4, revision = $5, placed = $6 WHERE sequence = $1 AND type = $2 AND id = $3
        """

    package func put(_ row: StandingRow) throws {
        try transaction.later(Self.put, row.name + [.integer(row.place), .count(row.revision), .count(row.placed)])
    }

    private static let deleteVersions: SQL = "DELETE FROM version WHERE sequence = $1 AND type = $2 AND id = $3"
    private static let delete: SQL = "DELETE FROM element WHERE sequence = $1 AND type = $2 AND id = $3"

    package func delete(_ row: StandingRow) throws {
        try transaction.later(Self.deleteVersions, row.name)
        try transaction.later(Self.delete, row.name)
    }

    package func record(key: String, _ change: (UInt64) -> SequenceChange) throws -> UInt64 {
        var revision: UInt64 = 0
        try transaction.publish(SequenceOperations.changed, key: key) { offset in
            revision = offset
            return change(offset)
        }
        return revision
    }

    private static let insertVersion: SQL = """
        INSERT INTO version (sequence, type, id, version, comment, data, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """

    private func insertVersion(_ row: ElementRow, _ now: Deadline) throws {
        try transaction.later(
            Self.insertVersion,
            row.name + [.int(row.version), .text(row.comment.text), .bytes(row.data), .time(now)]
        )
    }
}

// Where elements stood, for pages in progress.
extension DatabaseTables {
    /// Microseconds for which a page in progress finds where it ended.
    private static let traceLife: Int64 = 3_600_000_000

    /// Two for each that comes, so that old ones never gather.
    private static let forgetTraces: SQL = """
        DELETE FROM trace WHERE (sequence, type, id, placed) IN
            (SELECT sequence, type, id, placed FROM trace WHERE left_at < $1 ORDER BY left_at LIMIT 2)
        """
    private static let leaveTrace: SQL = """
        INSERT INTO trace (sequence, type, id, placed, place, left_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (sequence, type, id, placed) DO UPDATE SET place = excluded.place, left_at = excluded.left_at
        """

    package func leaveTrace(of row: StandingRow, _ now: Deadline) throws {
        let time = Int64(clamping: now.microseconds)
        try transaction.later(Self.forgetTraces, [.integer(time - Self.traceLife)])
        try transaction.later(
            Self.leaveTrace,
            row.name + [.count(row.placed), .integer(row.place), .integer(time)]
        )
    }

    private static let findTrace: SQL =
        "SELECT place FROM trace WHERE sequence = $1 AND type = $2 AND id = $3 AND placed = $4"

    package func trace(of name: Neighbour, placed: UInt64, in sequence: Int64) throws -> Int64? {
        try transaction.row(
            Self.findTrace,
            [.integer(sequence), .text(name.elementType.rawValue), .int(name.elementId.value), .count(placed)]
        ) { $0.integer(0) }
    }

    private static let tracesIn: SQL =
        "SELECT DISTINCT place FROM trace WHERE sequence = $1 AND place >= $2 AND place < $3 ORDER BY place"
    private static let moveTraces: SQL = "UPDATE trace SET place = $1 WHERE sequence = $2 AND place = $3"

    package func moveTraces(in sequence: Int64, with respacing: Respacing) throws {
        let block = respacing.block
        let places = try transaction.rows(
            Self.tracesIn,
            [.integer(sequence), .integer(block.lowerBound), .integer(block.upperBound)]
        ) { $0.integer(0) }
        let moves = places.map { Respacing.Move(from: $0, to: respacing.image(of: $0)) }
        // Several may meet; those that go up go first, from the top, so that none is taken twice.
        for move in moves.reversed().filter({ $0.to > $0.from }) + moves.filter({ $0.to < $0.from }) {
            try transaction.later(Self.moveTraces, [.integer(move.to), .integer(sequence), .integer(move.from)])
        }
    }
}

// Emptied sequences.
extension DatabaseTables {
    private static let dropped: SQL = "SELECT id FROM sequence WHERE is_dropped = 1 ORDER BY id LIMIT 1"
    private static let sweeping = [
        ("version", "type, id, version"), ("element", "type, id"), ("tally", "level, parent"),
        ("trace", "type, id, placed"),
    ].map { table, key in
        SQL(
            """
            DELETE FROM \(table) WHERE sequence = $1 AND (\(key)) IN
                (SELECT \(key) FROM \(table) WHERE sequence = $1 LIMIT $2)
            """
        )
    }
    private static let forgetSequence: SQL = "DELETE FROM sequence WHERE id = $1"

    /// Removes up to `limit` rows of each table of one dropped sequence; true where more may be left.
    func sweep(_ limit: Int) throws -> Bool {
        guard let dropped = try transaction.row(Self.dropped, [], { $0.integer(0) }) else { return false }
        // What this batch still has to write of it comes first: behind the sweep it would stay.
        try unwritten.settle(in: transaction)
        var removed = 0
        for sql in Self.sweeping { removed += try transaction.run(sql, [.integer(dropped), .int(limit)]) }
        if removed == 0 { try transaction.run(Self.forgetSequence, [.integer(dropped)]) }
        return true
    }
}

extension StandingRow {
    /// What names it in every table: sequence, type, id.
    var name: [SQLValue] {
        [.integer(sequence), .text(element.elementType.rawValue), .int(element.elementId.value)]
    }
}
