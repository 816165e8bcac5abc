// The tables of Service A.
//
//     sequence(id, name, is_dropped, revision)            a name is one sequence's; emptied, it gets another id
//     element(sequence, type, id, place, version, …)      place: orders it; below zero while it is on its way
//     version(sequence, type, id, version, comment, …)    append only; goes with its element
//     tally(sequence, level, parent, counts)              how many elements lie in each block of places (`PlaceSpace`, `OrderedTable`)
//     trace(sequence, type, id, placed, place, left_at)   where an element stood that a page may have ended with

import Ordering
import Storage

enum SequenceSchema {
    /// One after the other.
    static let migrations = [places, tally]

    private static let places = Migration(
        "sequence.2",
        sqlite: [before, sqlite, taking(epoch: "abs(random())"), after].joined(separator: "\n"),
        postgreSQL: [before, postgreSQL, taking(epoch: "(random() * 9e18)::bigint"), after].joined(separator: "\n")
    )

    /// Counts of siblings in one row: a number was found by looking at up to 128 rows at each level (ADR 0045).
    private static let tally = Migration(
        "sequence.3",
        DDL(tables: OrderedTable.counts("tally", list: "INTEGER")) + OrderedTable.gathering("tally", from: "block")
    )

    private static let before =
        "ALTER TABLE element RENAME TO element_1; ALTER TABLE version RENAME TO version_1; DROP INDEX element_number;"
    private static let after = "DROP TABLE version_1; DROP TABLE element_1;"

    private static let sqlite = """
        CREATE TABLE sequence (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            is_dropped INTEGER NOT NULL,
            revision INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX sequence_name ON sequence (name) WHERE is_dropped = 0;
        CREATE TABLE element (
            sequence INTEGER NOT NULL,
            type TEXT NOT NULL,
            id INTEGER NOT NULL,
            place INTEGER NOT NULL,
            version INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            placed INTEGER NOT NULL,
            PRIMARY KEY (sequence, type, id)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX element_place ON element (sequence, place);
        CREATE TABLE version (
            sequence INTEGER NOT NULL,
            type TEXT NOT NULL,
            id INTEGER NOT NULL,
            version INTEGER NOT NULL,
            comment TEXT NOT NULL,
            data BLOB,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (sequence, type, id, version)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE block (
            sequence INTEGER NOT NULL,
            level INTEGER NOT NULL,
            slot INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (sequence, level, slot)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE trace (
            sequence INTEGER NOT NULL,
            type TEXT NOT NULL,
            id INTEGER NOT NULL,
            placed INTEGER NOT NULL,
            place INTEGER NOT NULL,
            left_at INTEGER NOT NULL,
            PRIMARY KEY (sequence, type, id, placed)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX trace_place ON trace (sequence, place);
        CREATE INDEX trace_age ON trace (left_at);
        """

    private static let postgreSQL = """
        CREATE TABLE sequence (
            id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name TEXT NOT NULL,
            is_dropped BIGINT NOT NULL,
            revision BIGINT NOT NULL
        );
        CREATE UNIQUE INDEX sequence_name ON sequence (name) WHERE is_dropped = 0;
        CREATE TABLE element (
            sequence BIGINT NOT NULL,
            type TEXT NOT NULL,
            id BIGINT NOT NULL,
            place BIGINT NOT NULL,
            version BIGINT NOT NULL,
            revision BIGINT NOT NULL,
            placed BIGINT NOT NULL,
            PRIMARY KEY (sequence, type, id)
        );
        CREATE UNIQUE INDEX element_place ON element (sequence, place);
        CREATE TABLE version (
            sequence BIGINT NOT NULL,
            type TEXT NOT NULL,
            id BIGINT NOT NULL,
            version BIGINT NOT NULL,
            comment TEXT NOT NULL,
            data BYTEA,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (sequence, type, id, version)
        );
        CREATE TABLE block (
            sequence BIGINT NOT NULL,
            level BIGINT NOT NULL,
            slot BIGINT NOT NULL,
            count BIGINT NOT NULL,
            PRIMARY KEY (sequence, level, slot)
        );
        CREATE TABLE trace (
            sequence BIGINT NOT NULL,
            type TEXT NOT NULL,
            id BIGINT NOT NULL,
            placed BIGINT NOT NULL,
            place BIGINT NOT NULL,
            left_at BIGINT NOT NULL,
            PRIMARY KEY (sequence, type, id, placed)
        );
        CREATE INDEX trace_place ON trace (sequence, place);
        CREATE INDEX trace_age ON trace (left_at);
        """

    /// What was there before: a sequence a type, places by number. Events of before mean something else now, so their log ends: who
    /// follows it learns of a new epoch, and begins with the present state.
    private static func taking(epoch: String) -> String {
        """
        INSERT INTO sequence (name, is_dropped, revision) SELECT DISTINCT type, 0, 0 FROM element_1;
        INSERT INTO element (sequence, type, id, place, version, revision, placed)
        SELECT sequence.id, type, element_1.id, \(PlaceSpace.middle) + (number - 1) * \(PlaceSpace.gap), version, 0, 0
        FROM element_1 JOIN sequence ON sequence.name = type;
        INSERT INTO version (sequence, type, id, version, comment, data, created_at)
        SELECT sequence.id, type, version_1.id, version, comment, data, created_at
        FROM version_1 JOIN sequence ON sequence.name = type;
        DELETE FROM event WHERE topic = 'sequence.changed' AND EXISTS (SELECT 1 FROM element_1);
        UPDATE topic SET epoch = \(epoch) WHERE name = 'sequence.changed' AND EXISTS (SELECT 1 FROM element_1);
        \(PlaceSpace.shifts.enumerated().map { counts(level: $0, shift: $1) }.joined(separator: "\n"))
        """
    }

    private static func counts(level: Int, shift: Int64) -> String {
        """
        INSERT INTO block (sequence, level, slot, count)
        SELECT sequence, \(level), place >> \(shift), count(*) FROM element GROUP BY sequence, place >> \(shift);
        """
    }
}

/// The tables of before, where a number was stored with each element.
enum StoredNumbers {
    static let migration = Migration(
        "sequence.1",
        sqlite: """
            CREATE TABLE element (
                type TEXT NOT NULL,
                id INTEGER NOT NULL CHECK (id >= 1),
                number INTEGER NOT NULL,
                version INTEGER NOT NULL CHECK (version >= 1),
                PRIMARY KEY (type, id)
            ) STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX element_number ON element (type, number);
            CREATE TABLE version (
                type TEXT NOT NULL,
                id INTEGER NOT NULL,
                version INTEGER NOT NULL,
                comment TEXT NOT NULL,
                data BLOB,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (type, id, version),
                FOREIGN KEY (type, id) REFERENCES element (type, id) ON DELETE CASCADE
            ) STRICT, WITHOUT ROWID;
            """,
        postgreSQL: """
            CREATE TABLE element (
                type TEXT NOT NULL,
                id BIGINT NOT NULL CHECK (id >= 1),
                number BIGINT NOT NULL,
                version BIGINT NOT NULL CHECK (version >= 1),
                PRIMARY KEY (type, id)
            );
            CREATE UNIQUE INDEX element_number ON element (type, number);
            CREATE TABLE version (
                type TEXT NOT NULL,
                id BIGINT NOT NULL,
                version BIGINT NOT NULL,
                comment TEXT NOT NULL,
                data BYTEA,
                created_at BIGINT NOT NULL,
                PRIMARY KEY (type, id, version),
                FOREIGN KEY (type, id) REFERENCES element (type, id) ON DELETE CASCADE
            );
            """
    )
}
