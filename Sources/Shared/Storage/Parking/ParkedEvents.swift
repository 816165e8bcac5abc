// Events that a consumer could not apply: put aside whole, with the reason, so that the next ones go on and nothing is lost.
//
//     parked_event(topic, epoch, offset, key, committed_at, trace, payload, reason, attempts)
//
// In the consumer's own database, so that parking and the checkpoint move in one transaction, and so that an event can be tried again
// when its publisher has pruned it long ago. It does not try by itself: somebody has to put right what was wrong.

package import Bus

/// An event, why it could not be applied, and how often that was tried.
package struct ParkedEvent: Sendable, Equatable {
    package let event: Event
    package let reason: String
    package let attempts: Int
}

package struct ParkedEvents {
    private static let park: SQL = """
        INSERT INTO parked_event (topic, epoch, "offset", key, committed_at, trace, payload, reason, attempts)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
        ON CONFLICT (topic, epoch, "offset", key)
        DO UPDATE SET reason = excluded.reason, attempts = parked_event.attempts + 1
        """
    private static let oldest: SQL = """
        SELECT topic, epoch, "offset", key, committed_at, trace, payload, reason, attempts FROM parked_event
        ORDER BY "offset", key LIMIT $1
        """
    private static let number: SQL = "SELECT count(*) FROM parked_event"
    private static let delete: SQL = """
        DELETE FROM parked_event WHERE topic = $1 AND epoch = $2 AND "offset" = $3 AND key = $4
        """

    private let transaction: any Transaction

    package init(_ transaction: any Transaction) { self.transaction = transaction }

    /// Puts an event aside; one that lies there already has one attempt more and the newest reason.
    package func park(_ event: Event, reason: String) throws {
        try transaction.run(
            Self.park,
            [
                .text(event.topic), .bits(event.epoch), .count(event.offset), .text(event.key),
                .time(event.committedAt), .text(event.trace?.traceparent), .bytes(event.payload), .text(reason),
            ]
        )
    }

    /// The oldest of them.
    package func list(limit: Int = 1000) throws -> [ParkedEvent] {
        try transaction.rows(Self.oldest, [.int(limit)], Self.parked)
    }

    /// How many there are.
    package func count() throws -> Int { try transaction.row(Self.number, [], { $0.int(0) }) ?? 0 }

    /// Takes an event away; false where it does not lie there.
    @discardableResult  // taking away what is not there is no mistake of an event that was applied
    package func remove(_ event: Event) throws -> Bool {
        try transaction.run(
            Self.delete,
            [.text(event.topic), .bits(event.epoch), .count(event.offset), .text(event.key)]
        ) > 0
    }

    package func clear() throws { try transaction.run("DELETE FROM parked_event") }

    private static func parked(_ row: any Row) -> ParkedEvent {
        let event = Event(
            topic: row.text(0),
            epoch: row.bits(1),
            offset: row.count(2),
            key: row.text(3),
            committedAt: row.time(4),
            trace: row.textIfAny(5).flatMap(TraceContext.init(traceparent:)),
            payload: row.bytes(6)
        )
        return ParkedEvent(event: event, reason: row.text(7), attempts: row.int(8))
    }

    static let migrations = [
        Migration(
            "parking.1",
            sqlite: """
                CREATE TABLE parked_event (
                    topic TEXT NOT NULL,
                    epoch INTEGER NOT NULL,
                    "offset" INTEGER NOT NULL,
                    key TEXT NOT NULL,
                    committed_at INTEGER NOT NULL,
                    trace TEXT,
                    payload BLOB NOT NULL,
                    reason TEXT NOT NULL,
                    attempts INTEGER NOT NULL,
                    PRIMARY KEY (topic, epoch, "offset", key)
                ) STRICT, WITHOUT ROWID;
                """,
            postgreSQL: """
                CREATE TABLE parked_event (
                    topic TEXT NOT NULL,
                    epoch BIGINT NOT NULL,
                    "offset" BIGINT NOT NULL,
                    key TEXT NOT NULL,
                    committed_at BIGINT NOT NULL,
                    trace TEXT,
                    payload BYTEA NOT NULL,
                    reason TEXT NOT NULL,
                    attempts BIGINT NOT NULL,
                    PRIMARY KEY (topic, epoch, "offset", key)
                );
                """
        )
    ]
}
