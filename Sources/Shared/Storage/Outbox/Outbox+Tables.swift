// The outbox's two tables and the statements on them.

import Bus
import Foundation
package import GRDB

extension Outbox {
    static func migrations(_ migrator: inout DatabaseMigrator) {
        migrator.registerMigration("outbox.1") { db in
            try db.execute(
                sql: """
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
                    """
            )
        }
        migrator.registerMigration("outbox.2") { db in
            try db.execute(
                sql: """
                    CREATE TABLE consumer (
                        topic TEXT NOT NULL REFERENCES topic (name),
                        name TEXT NOT NULL,
                        epoch INTEGER NOT NULL,
                        acknowledged INTEGER NOT NULL,
                        gaps_found INTEGER NOT NULL,
                        gaps_filled INTEGER NOT NULL,
                        PRIMARY KEY (topic, name)
                    ) STRICT, WITHOUT ROWID;
                    """
            )
        }
        // Whose those that are there already are is said by who speaks next: see `ConsumerOwnership`.
        migrator.registerMigration("outbox.3") { db in
            try db.execute(sql: "ALTER TABLE consumer ADD COLUMN owner TEXT")
        }
    }

    /// Makes the topic where it is not there; a topic keeps its epoch for the life of the file.
    static func declare(_ topic: String, in db: Database) throws {
        try db.execute(
            sql: "INSERT INTO topic (name, epoch, head) VALUES (?, ?, 0) ON CONFLICT DO NOTHING",
            arguments: [topic, newEpoch()]
        )
    }

    static func nextOffset(of topic: String, in db: Database) throws -> Int64 {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO topic (name, epoch, head) VALUES (?, ?, 1)
                ON CONFLICT (name) DO UPDATE SET head = head + 1 RETURNING head
                """
        )
        guard let offset = try Int64.fetchOne(statement, arguments: [topic, newEpoch()]) else {
            throw DatabaseError(message: "the topic has no head")
        }
        return offset
    }

    /// Topics with their heads, without the search for the tail.
    static func positions(in db: Database) throws -> [(topic: String, head: UInt64)] {
        let rows = try Row.fetchAll(try db.cachedStatement(sql: "SELECT name, head FROM topic ORDER BY name"))
        return rows.map { ($0[0], UInt64(clamping: $0[1] as Int64)) }
    }

    /// The newest offset of a topic as the transaction sees it; 0 where there is none.
    package static func head(of topic: String, in db: Database) throws -> UInt64 {
        try positions(in: db).first { $0.topic == topic }?.head ?? 0
    }

    /// What `head` reads.
    static let headQuery = """
        SELECT name, epoch, head, coalesce((SELECT min(offset) FROM event WHERE topic = name), head + 1) FROM topic
        """

    static func heads(in db: Database) throws -> [TopicHead] {
        try Row.fetchAll(try db.cachedStatement(sql: "\(headQuery) ORDER BY name")).map(head)
    }

    static func head(_ row: Row) -> TopicHead {
        TopicHead(
            topic: row[0],
            epoch: UInt64(clamping: row[1] as Int64),
            head: UInt64(clamping: row[2] as Int64),
            tail: UInt64(clamping: row[3] as Int64)
        )
    }

    static func events(of topic: String, from offset: UInt64, limit: Int, in db: Database) throws -> [Event] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT event.offset, key, committed_at, trace, payload, epoch
                FROM event JOIN topic ON topic.name = event.topic
                WHERE event.topic = ? AND event.offset >= ? ORDER BY event.offset LIMIT ?
                """
        )
        let rows = try Row.fetchCursor(statement, arguments: [topic, Int64(clamping: offset), max(0, limit)])
        var events: [Event] = []
        while let row = try rows.next() { events.append(event(of: topic, row)) }
        return events
    }

    static func firstOffset(of topic: String, since time: Deadline, in db: Database) throws -> UInt64 {
        let first = try Int64.fetchOne(
            db,
            sql: "SELECT offset FROM event WHERE topic = ? AND committed_at >= ? ORDER BY offset LIMIT 1",
            arguments: [topic, Int64(clamping: time.microseconds)]
        )
        if let first { return UInt64(clamping: first) }
        return try head(of: topic, in: db) + 1
    }

    static func prune(_ topic: String, before offset: UInt64, limit: Int, in db: Database) throws -> Int {
        try db.execute(
            sql: """
                DELETE FROM event WHERE topic = ?1 AND offset IN (
                    SELECT offset FROM event WHERE topic = ?1 AND offset < ?2 ORDER BY offset LIMIT ?3
                )
                """,
            arguments: [topic, Int64(clamping: offset), limit]
        )
        return db.changesCount
    }

    private static func event(of topic: String, _ row: Row) -> Event {
        let trace: String? = row[3]
        let payload: Data = row[4]
        return Event(
            topic: topic,
            epoch: UInt64(clamping: row[5] as Int64),
            offset: UInt64(clamping: row[0] as Int64),
            key: row[1],
            committedAt: Deadline(microseconds: UInt64(clamping: row[2] as Int64)),
            trace: trace.flatMap(TraceContext.init(traceparent:)),
            payload: [UInt8](payload)
        )
    }

    /// SQLite's integers are signed, so an epoch has 63 random bits.
    private static func newEpoch() -> Int64 { .random(in: 1...(.max)) }
}
