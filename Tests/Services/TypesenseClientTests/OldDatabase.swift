// An index as an earlier version wrote it by way of GRDB, with words by FTS5's own rule (a dump): what must open for ever after.

import Foundation
import SQLite

enum OldDatabase {
    static func make(at path: String) throws {
        let directory = URL(filePath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Connection(path).execute(dump)
    }

    private static let dump = #"""
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('outbox.1');
        INSERT INTO grdb_migrations VALUES ('outbox.2');
        INSERT INTO grdb_migrations VALUES ('idempotency.1');
        INSERT INTO grdb_migrations VALUES ('parking.1');
        INSERT INTO grdb_migrations VALUES ('index.1');
        INSERT INTO grdb_migrations VALUES ('index.2');
        CREATE TABLE topic (
            name TEXT PRIMARY KEY NOT NULL,
            epoch INTEGER NOT NULL,
            head INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE event (
            topic TEXT NOT NULL REFERENCES topic (name),
            offset INTEGER NOT NULL,
            key TEXT NOT NULL,
            committed_at INTEGER NOT NULL,
            trace TEXT,
            payload BLOB NOT NULL,
            PRIMARY KEY (topic, offset)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE consumer (
            topic TEXT NOT NULL REFERENCES topic (name),
            name TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            acknowledged INTEGER NOT NULL,
            gaps_found INTEGER NOT NULL,
            gaps_filled INTEGER NOT NULL,
            PRIMARY KEY (topic, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE idempotency (
            sender TEXT NOT NULL,
            key TEXT NOT NULL,
            operation TEXT NOT NULL,
            request BLOB NOT NULL,
            answer BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (sender, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE parked_event (
            topic TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            offset INTEGER NOT NULL,
            key TEXT NOT NULL,
            committed_at INTEGER NOT NULL,
            trace TEXT,
            payload BLOB NOT NULL,
            reason TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            PRIMARY KEY (topic, epoch, offset, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE ledger (id TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO ledger VALUES ('script_1',1);
        INSERT INTO ledger VALUES ('script_2',2);
        INSERT INTO ledger VALUES ('script_3',3);
        CREATE TABLE checkpoint (
            one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, offset INTEGER NOT NULL
        ) STRICT;
        INSERT INTO checkpoint VALUES (1,6245564321206409297,3);
        CREATE TABLE document (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            element_type TEXT NOT NULL,
            element_id INTEGER NOT NULL,
            sequence_number INTEGER NOT NULL,
            version_number INTEGER NOT NULL,
            comment TEXT NOT NULL,
            service_name TEXT NOT NULL
        ) STRICT;
        INSERT INTO document VALUES (1,'script_1','script',1,1,1,'line 1 of Hamlet','service_a');
        INSERT INTO document VALUES (2,'script_2','script',2,2,1,'line 2 of Hamlet','service_a');
        INSERT INTO document VALUES (3,'script_3','script',3,3,1,'line 3 of Hamlet','service_a');
        CREATE VIRTUAL TABLE words USING fts5(
            comment, element_type, service_name,
            content = 'document', content_rowid = 'row', prefix = '2 3',
            tokenize = 'unicode61 remove_diacritics 2'
        );
        CREATE INDEX idempotency_age ON idempotency (created_at);
        CREATE TRIGGER document_added AFTER INSERT ON document BEGIN
            INSERT INTO words (rowid, comment, element_type, service_name)
            VALUES (new.row, new.comment, new.element_type, new.service_name);
        END;
        CREATE TRIGGER document_removed AFTER DELETE ON document BEGIN
            INSERT INTO words (words, rowid, comment, element_type, service_name)
            VALUES ('delete', old.row, old.comment, old.element_type, old.service_name);
        END;
        CREATE TRIGGER document_reworded AFTER UPDATE ON document
        WHEN (new.comment, new.element_type, new.service_name)
            IS NOT (old.comment, old.element_type, old.service_name)
        BEGIN
            INSERT INTO words (words, rowid, comment, element_type, service_name)
            VALUES ('delete', old.row, old.comment, old.element_type, old.service_name);
            INSERT INTO words (rowid, comment, element_type, service_name)
            VALUES (new.row, new.comment, new.element_type, new.service_name);
        END;
        """#
}
