// What an index knows about itself, in SQLite beside it: the last revision of each document and the checkpoint. What could not be applied
// lies in the same database (`ParkedEvents`).
//
//     ledger(id, revision)            also of documents that are gone, so that a late older event cannot bring them back
//     checkpoint(epoch, offset, whole)       one row
//     generation(name, documents)            one row: which index this ledger is of, and how much that held when it was last looked at

import Bus
import GRDB
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

    /// Notes a revision; false where the ledger knows this one or a later already.
    func advance(_ id: String, to revision: UInt64) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO ledger (id, revision) VALUES (?, ?)
                ON CONFLICT (id) DO UPDATE SET revision = excluded.revision WHERE excluded.revision > revision
                RETURNING 1
                """
        )
        return try Int.fetchOne(statement, arguments: [id, Int64(clamping: revision)]) != nil
    }

    /// Notes a revision that is about to be written; false only where a later one has been noted. The same one may be written again:
    /// whether it arrived the first time is not known.
    func reserve(_ id: String, _ revision: UInt64) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO ledger (id, revision) VALUES (?, ?)
                ON CONFLICT (id) DO UPDATE SET revision = excluded.revision WHERE excluded.revision >= revision
                RETURNING 1
                """
        )
        return try Int.fetchOne(statement, arguments: [id, Int64(clamping: revision)]) != nil
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
                INSERT INTO checkpoint (one, epoch, offset, whole) VALUES (1, ?1, ?2, ?3)
                ON CONFLICT (one) DO UPDATE SET epoch = ?1, offset = ?2, whole = ?3
                WHERE epoch <> ?1 OR offset < ?2 OR (offset = ?2 AND whole < ?3)
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
        try db.execute(sql: "DELETE FROM ledger; DELETE FROM checkpoint; DELETE FROM generation")
        try ParkedEvents(db).clear()
    }
}
