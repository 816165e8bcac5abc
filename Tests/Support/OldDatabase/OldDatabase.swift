// A database as an earlier version wrote it by way of GRDB: what must open for ever after. The tables that every store had then stand here, in the words
// of a dump; a service's own come with the test.

import Foundation
import SQLite

package enum OldDatabase {
    /// Makes the file, and its directory.
    package static func make(at path: String, with own: String) throws {
        let directory = URL(filePath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Connection(path).execute(everybodys + own)
    }

    private static let everybodys = """
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('outbox.1');
        INSERT INTO grdb_migrations VALUES ('outbox.2');
        INSERT INTO grdb_migrations VALUES ('idempotency.1');
        INSERT INTO grdb_migrations VALUES ('parking.1');
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
        CREATE INDEX idempotency_age ON idempotency (created_at);
        """
}
