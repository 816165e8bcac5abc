// What an index knows about itself, in SQLite beside it: the last revision of each document, the checkpoint, what was parked.
//
//     ledger(id, revision)            also of documents that are gone, so that a late older event cannot bring them back
//     checkpoint(epoch, offset)       one row
//     parked(offset, id, reason)

import Contracts
import GRDB

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
        try Row.fetchOne(db, sql: "SELECT epoch, offset FROM checkpoint").map { row in
            Checkpoint(epoch: UInt64(bitPattern: row[0] as Int64), offset: UInt64(row[1] as Int64))
        }
    }

    /// Moves the checkpoint forward; within an epoch it never goes back.
    func move(to checkpoint: Checkpoint) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO checkpoint (one, epoch, offset) VALUES (1, ?1, ?2)
                ON CONFLICT (one) DO UPDATE SET epoch = ?1, offset = ?2 WHERE epoch <> ?1 OR offset < ?2
                """
        ).execute(arguments: [Int64(bitPattern: checkpoint.epoch), Int64(clamping: checkpoint.offset)])
    }

    func park(_ document: ParkedDocument) throws {
        try db.execute(
            sql: "INSERT INTO parked (offset, id, reason) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            arguments: [document.offset, document.id, document.reason]
        )
    }

    func parked() throws -> [ParkedDocument] {
        try Row.fetchAll(db, sql: "SELECT id, reason, offset FROM parked ORDER BY offset, id LIMIT 1000").map { row in
            ParkedDocument(id: row[0], reason: row[1], offset: row[2])
        }
    }

    func clear() throws {
        try db.execute(sql: "DELETE FROM ledger; DELETE FROM checkpoint; DELETE FROM parked")
    }
}
