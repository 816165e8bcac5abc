// Events that a consumer could not apply: put aside whole, with the reason, so that the next ones go on and nothing is lost.
//
//     parked_event(topic, epoch, offset, key, committed_at, trace, payload, reason, attempts)
//
// In the consumer's own database, so that parking and the checkpoint move in one transaction, and so that an event can be tried again
// when its publisher has pruned it long ago. It does not try by itself: somebody has to put right what was wrong.

package import Bus
import Foundation
package import GRDB

/// An event, why it could not be applied, and how often that was tried.
package struct ParkedEvent: Sendable, Equatable {
    package let event: Event
    package let reason: String
    package let attempts: Int
}

package struct ParkedEvents {
    private let db: Database

    package init(_ db: Database) { self.db = db }

    static func migrations(_ migrator: inout DatabaseMigrator) {
        migrator.registerMigration("parking.1") { db in
            try db.execute(
                sql: """
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
                    """
            )
        }
    }

    /// Puts an event aside; one that lies there already has one attempt more and the newest reason.
    package func park(_ event: Event, reason: String) throws {
        try db.execute(
            sql: """
                INSERT INTO parked_event (topic, epoch, offset, key, committed_at, trace, payload, reason, attempts)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)
                ON CONFLICT DO UPDATE SET reason = excluded.reason, attempts = attempts + 1
                """,
            arguments: [
                event.topic, Int64(bitPattern: event.epoch), Int64(clamping: event.offset), event.key,
                Int64(clamping: event.committedAt.microseconds), event.trace?.traceparent, Data(event.payload), reason,
            ]
        )
    }

    /// The oldest of them.
    package func list(limit: Int = 1000) throws -> [ParkedEvent] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT topic, epoch, offset, key, committed_at, trace, payload, reason, attempts FROM parked_event
                ORDER BY offset, key LIMIT ?
                """,
            arguments: [limit]
        ).map(Self.parked)
    }

    /// Takes an event away; false where it does not lie there.
    @discardableResult  // taking away what is not there is no mistake of an event that was applied
    package func remove(_ event: Event) throws -> Bool {
        try db.execute(
            sql: "DELETE FROM parked_event WHERE topic = ? AND epoch = ? AND offset = ? AND key = ?",
            arguments: [event.topic, Int64(bitPattern: event.epoch), Int64(clamping: event.offset), event.key]
        )
        return db.changesCount > 0
    }

    package func clear() throws { try db.execute(sql: "DELETE FROM parked_event") }

    private static func parked(_ row: Row) -> ParkedEvent {
        let trace: String? = row[5]
        let payload: Data = row[6]
        let event = Event(
            topic: row[0],
            epoch: UInt64(bitPattern: row[1] as Int64),
            offset: UInt64(clamping: row[2] as Int64),
            key: row[3],
            committedAt: Deadline(microseconds: UInt64(clamping: row[4] as Int64)),
            trace: trace.flatMap(TraceContext.init(traceparent:)),
            payload: [UInt8](payload)
        )
        return ParkedEvent(event: event, reason: row[7], attempts: row[8])
    }
}
