// What an index knows about itself, in SQLite beside it: the last revision and the place of each document, and the checkpoint. What could
// not be applied lies in the same database (`ParkedEvents`).
//
//     ledger(id, revision, is_there, sequence, latest, placed, place)
//         revision, is_there    of the document, also of those that are gone, so that a late older event cannot bring them back
//         latest, placed        where it was last put, and by which revision; may be ahead of the document
//         place                 the same where the document is there, else none: so that the order counts what is there
//     block(sequence, level, slot, count)     counts of places, for numbers (`Ordering`)
//     checkpoint(epoch, offset, whole)        one row
//     generation(name, documents)             one row: which index this ledger is of, and how much that held when it was last looked at

import Bus
import Contracts
import GRDB
import Ordering
import Storage

struct IndexLedger {
    let db: Database

    static func create(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE ledger (id TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
                CREATE TABLE checkpoint (
                    one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, offset INTEGER NOT NULL
                ) STRICT;
                CREATE TABLE parked (
                    offset INTEGER NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (offset, id)
                ) STRICT, WITHOUT ROWID;
                """
        )
    }

    /// What was parked before there was a place for whole events; nothing reads it any more.
    static func dropParked(in db: Database) throws { try db.execute(sql: "DROP TABLE parked") }

    /// An index of before was whole, or would not have been shown.
    static func addEvidence(in db: Database) throws {
        try db.execute(
            sql: """
                ALTER TABLE checkpoint ADD COLUMN whole INTEGER NOT NULL DEFAULT 1;
                CREATE TABLE generation (
                    one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL, documents INTEGER
                ) STRICT;
                """
        )
    }

    /// From stored numbers to places. What an index holds cannot be carried over: it begins anew.
    static func addPlaces(in db: Database) throws {
        try db.execute(
            sql: """
                DROP TABLE ledger;
                CREATE TABLE ledger (
                    id TEXT PRIMARY KEY NOT NULL,
                    revision INTEGER NOT NULL,
                    is_there INTEGER NOT NULL,
                    sequence TEXT NOT NULL,
                    latest INTEGER,
                    placed INTEGER NOT NULL,
                    place INTEGER
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX ledger_place ON ledger (sequence, place);
                CREATE TABLE block (
                    sequence TEXT NOT NULL, level INTEGER NOT NULL, slot INTEGER NOT NULL, count INTEGER NOT NULL,
                    PRIMARY KEY (sequence, level, slot)
                ) STRICT, WITHOUT ROWID;
                DELETE FROM checkpoint;
                UPDATE generation SET documents = NULL;
                """
        )
    }

    /// Notes a revision; `nil` where the ledger knows this one or a later already, else where the document stands.
    func advance(_ change: IndexChange) throws -> LedgerEntry? { try note(change, again: false) }

    /// Notes a revision that is about to be written; `nil` only where a later one has been noted. The same one may be written again:
    /// whether it arrived the first time is not known.
    func reserve(_ change: IndexChange) throws -> LedgerEntry? { try note(change, again: true) }

    /// Notes where a document was put; `nil` where that changes nothing for anybody who can see it.
    func place(_ placement: Placement) throws -> LedgerEntry? {
        let known = try entry(placement.id)
        guard let entry = known.placed(placement) else { return nil }
        try write(entry, instead: known)
        return entry.isThere ? entry : nil
    }

    /// Notes that a sequence was emptied; the documents that are gone by that, also where it has been noted before.
    func empty(_ emptied: IndexBatch.Emptied) throws -> [String] {
        let ids = try String.fetchAll(
            db,
            sql: """
                SELECT id FROM ledger
                WHERE sequence = $1 AND ((is_there = 1 AND revision < $2) OR (is_there = 0 AND revision = $2))
                """,
            arguments: [emptied.sequence.text, Int64(clamping: emptied.revision)]
        )
        for id in ids {
            let known = try entry(id)
            try write(known.gone(at: emptied.revision), instead: known)
        }
        return ids
    }

    func checkpoint() throws -> Checkpoint? {
        try Row.fetchOne(db, sql: "SELECT epoch, offset, whole FROM checkpoint").map { row in
            Checkpoint(
                epoch: UInt64(bitPattern: row[0] as Int64),
                offset: UInt64(clamping: row[1] as Int64),
                isWhole: row[2]
            )
        }
    }

    /// Moves the checkpoint forward; within an epoch it never goes back.
    func move(to checkpoint: Checkpoint) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO checkpoint (one, epoch, offset, whole) VALUES (1, $1, $2, $3)
                ON CONFLICT (one) DO UPDATE SET
                    epoch = excluded.epoch, offset = excluded.offset, whole = excluded.whole
                WHERE checkpoint.epoch <> excluded.epoch OR checkpoint.offset < excluded.offset
                    OR (checkpoint.offset = excluded.offset AND checkpoint.whole < excluded.whole)
                """
        ).execute(arguments: [
            Int64(bitPattern: checkpoint.epoch), Int64(clamping: checkpoint.offset), checkpoint.isWhole,
        ])
    }

    /// What a batch leaves behind: the checkpoint moves, what could not be applied is parked, what was parked and is applied now is not.
    func settle(_ batch: IndexBatch, refused: [IndexBatch.Poison] = []) throws {
        let parking = ParkedEvents(db)
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
        try db.execute(sql: "DELETE FROM ledger; DELETE FROM block; DELETE FROM checkpoint; DELETE FROM generation")
        try ParkedEvents(db).clear()
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

    private func entry(_ id: String) throws -> LedgerEntry {
        let sql = "SELECT revision, is_there, sequence, latest, placed FROM ledger WHERE id = $1"
        guard let row = try Row.fetchOne(try db.cachedStatement(sql: sql), arguments: [id]) else {
            return LedgerEntry(id: id)
        }
        return LedgerEntry(
            id: id,
            revision: UInt64(row[0] as Int64),
            isThere: row[1],
            sequence: row[2],
            latest: row[3],
            placed: UInt64(row[4] as Int64)
        )
    }

    private func write(_ entry: LedgerEntry, instead known: LedgerEntry) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO ledger (id, revision, is_there, sequence, latest, placed, place)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (id) DO UPDATE SET
                    revision = excluded.revision, is_there = excluded.is_there, sequence = excluded.sequence,
                    latest = excluded.latest, placed = excluded.placed, place = excluded.place
                """
        ).execute(arguments: [
            entry.id, Int64(clamping: entry.revision), entry.isThere, entry.sequence, entry.latest,
            Int64(clamping: entry.placed), entry.place,
        ])
        guard entry.place != known.place else { return }
        if let place = known.place { try IndexOrder(db, known.sequence).list.removed([place]) }
        if let place = entry.place { try IndexOrder(db, entry.sequence).list.added([place]) }
    }
}
