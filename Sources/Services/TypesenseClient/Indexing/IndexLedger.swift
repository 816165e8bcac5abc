// What an index knows about itself, in SQLite beside it: the last revision and the place of each document, and the checkpoint. What could
// not be applied lies in the same database (`ParkedEvents`).
//
//     ledger(id, revision, is_there, sequence, latest, placed, place)
//         revision, is_there    of the document, also of those that are gone, so that a late older event cannot bring them back
//         latest, placed        where it was last put, and by which revision; may be ahead of the document
//         place                 the same where the document is there, else none: so that the order counts what is there
//     tally(sequence, level, parent, counts)  counts of places, for numbers (`Ordering`, `OrderedTable`)
//     checkpoint(epoch, offset, whole)        one row
//     generation(name, documents)             one row: which index this ledger is of, and how much that held when it was last looked at

import Bus
import Contracts
import Ordering
import Storage

struct IndexLedger {
    let transaction: any Transaction
    private let orders: UnwrittenOrders

    init(_ transaction: any Transaction) {
        self.transaction = transaction
        orders = transaction.deferred(UnwrittenOrders.self)
    }

    /// Notes a revision; `nil` where the ledger knows this one or a later already, else where the document stands.
    func advance(_ change: IndexChange) throws -> LedgerEntry? { try note(change, again: false) }

    /// Notes a revision that is about to be written; `nil` only where a later one has been noted. The same one may be written again:
    /// whether it arrived the first time is not known.
    func reserve(_ change: IndexChange) throws -> LedgerEntry? { try note(change, again: true) }

    /// Notes a state that was read from the source; `nil` where something newer is known, of the document or of its place.
    func mend(_ change: IndexChange) throws -> LedgerEntry? {
        guard try entry(change.id).placed <= change.revision else { return nil }
        return try reserve(change)
    }

    /// Notes where a document was put; `nil` where that changes nothing for anybody who can see it.
    func place(_ placement: Placement) throws -> LedgerEntry? {
        let known = try entry(placement.id)
        guard let entry = known.placed(placement) else { return nil }
        try write(entry, instead: known)
        return entry.isThere ? entry : nil
    }

    private static let emptied: SQL = """
        SELECT id FROM ledger
        WHERE sequence = $1 AND ((is_there = 1 AND revision < $2) OR (is_there = 0 AND revision = $2))
        """

    /// Notes that a sequence was emptied; the documents that are gone by that, also where it has been noted before.
    func empty(_ emptied: IndexBatch.Emptied) throws -> [String] {
        let ids = try transaction.rows(
            Self.emptied,
            [.text(emptied.sequence.text), .count(emptied.revision)]
        ) { $0.text(0) }
        for id in ids {
            let known = try entry(id)
            try write(known.gone(at: emptied.revision), instead: known)
        }
        return ids
    }

    private static let reached: SQL = """
        SELECT epoch, "offset", whole FROM checkpoint
        """

    func checkpoint() throws -> Checkpoint? {
        try transaction.row(Self.reached) { row in
            Checkpoint(epoch: row.bits(0), offset: row.count(1), isWhole: row.flag(2))
        }
    }

    private static let move: SQL = """
        INSERT INTO checkpoint (one, epoch, "offset", whole) VALUES (1, $1, $2, $3)
        ON CONFLICT (one) DO UPDATE SET
            epoch = excluded.epoch, "offset" = excluded."offset", whole = excluded.whole
        WHERE checkpoint.epoch <> excluded.epoch OR checkpoint."offset" < excluded."offset"
            OR (checkpoint."offset" = excluded."offset" AND checkpoint.whole < excluded.whole)
        """

    /// Moves the checkpoint forward; within an epoch it never goes back.
    func move(to checkpoint: Checkpoint) throws {
        try transaction.later(
            Self.move,
            [.bits(checkpoint.epoch), .count(checkpoint.offset), .flag(checkpoint.isWhole)]
        )
    }

    /// What a batch leaves behind: the checkpoint moves, what could not be applied is parked, what was parked and is applied now is not.
    func settle(_ batch: IndexBatch, refused: [IndexBatch.Poison] = []) throws {
        let parking = ParkedEvents(transaction)
        if batch.checkpoint == nil {
            let failed = Set(refused.map(\.event.key))
            for change in batch.changes where !failed.contains(change.id) {
                if let event = change.event { try parking.remove(event) }
            }
        }
        for poison in batch.poison + refused { try parking.park(poison.event, reason: poison.reason) }
        if let checkpoint = batch.checkpoint { try move(to: checkpoint) }
    }

    func clear() throws {
        orders.forget()
        for table in ["ledger", "tally", "checkpoint", "generation"] {
            try transaction.later(SQL("DELETE FROM \(table)"), [])
        }
        try transaction.later(Lexicon.clear, [])
        try ParkedEvents(transaction).clear()
    }
}

extension IndexLedger {
    private func note(_ change: IndexChange, again: Bool) throws -> LedgerEntry? {
        let known = try entry(change.id)
        guard change.revision > known.revision || (again && change.revision == known.revision) else { return nil }
        let entry = known.changed(change)
        try write(entry, instead: known)
        return entry
    }

    private static let entry: SQL = "SELECT revision, is_there, sequence, latest, placed FROM ledger WHERE id = $1"

    private func entry(_ id: String) throws -> LedgerEntry {
        try transaction.row(Self.entry, [.text(id)]) { row in
            LedgerEntry(
                id: id,
                revision: row.count(0),
                isThere: row.flag(1),
                sequence: row.text(2),
                latest: row.isNull(3) ? nil : row.integer(3),
                placed: row.count(4)
            )
        } ?? LedgerEntry(id: id)
    }

    private static let write: SQL = """
        INSERT INTO ledger (id, revision, is_there, sequence, latest, placed, place)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET
            revision = excluded.revision, is_there = excluded.is_there, sequence = excluded.sequence,
            latest = excluded.latest, placed = excluded.placed, place = excluded.place
        """

    private func write(_ entry: LedgerEntry, instead known: LedgerEntry) throws {
        try transaction.later(
            Self.write,
            [
                .text(entry.id), .count(entry.revision), .flag(entry.isThere), .text(entry.sequence),
                .place(entry.latest), .count(entry.placed), .place(entry.place),
            ]
        )
        guard entry.place != known.place else { return }
        if let place = known.place { try order(of: known.sequence).removed([place]) }
        if let place = entry.place { try order(of: entry.sequence).added([place]) }
    }

    private func order(of sequence: String) -> OrderedList<OrderedTable> {
        IndexOrder(transaction, sequence, counts: orders.counts(of: sequence)).list
    }
}

extension SQLValue {
    fileprivate static func place(_ place: Int64?) -> SQLValue { place.map { .integer($0) } ?? .null }
}
