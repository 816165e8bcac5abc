// The ledger's tables, step by step. `IndexLedger` says what stands in them.

import Storage

extension IndexLedger {
    static let create = DDL(
        tables: """
            CREATE TABLE ledger (id TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE checkpoint (
                one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, "offset" INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE parked (
                "offset" INTEGER NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY ("offset", id)
            ) STRICT, WITHOUT ROWID;
            """
    )

    /// What was parked before there was a place for whole events; nothing reads it any more.
    static let dropParked: DDL = "DROP TABLE parked"

    /// An index of before was whole, or would not have been shown.
    static let addEvidence = DDL(
        tables: """
            ALTER TABLE checkpoint ADD COLUMN whole INTEGER NOT NULL DEFAULT 1;
            CREATE TABLE generation (
                one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL, documents INTEGER
            ) STRICT;
            """
    )

    /// From stored numbers to places. What an index holds cannot be carried over: it begins anew.
    static let addPlaces = DDL(
        tables: """
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

    /// What an index holds is built again, from the first event.
    static let beginAgain = DDL(
        tables: """
            DELETE FROM ledger;
            DELETE FROM tally;
            DELETE FROM checkpoint;
            UPDATE generation SET documents = NULL
            """
    )

    /// Counts of siblings in one row.
    static let gatherCounts =
        DDL(tables: OrderedTable.counts("tally", list: "TEXT")) + OrderedTable.gathering("tally", from: "block")
}
