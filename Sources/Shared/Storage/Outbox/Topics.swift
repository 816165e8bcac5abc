// The outbox's tables and what is asked of them.

import Bus

enum Topics {
    static let migrations = [
        Migration(
            "outbox.1",
            sqlite: """
                CREATE TABLE topic (
                    name TEXT PRIMARY KEY NOT NULL,
                    epoch INTEGER NOT NULL,
                    head INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE event (
                    topic TEXT NOT NULL REFERENCES topic (name),
                    "offset" INTEGER NOT NULL,
                    key TEXT NOT NULL,
                    committed_at INTEGER NOT NULL,
                    trace TEXT,
                    payload BLOB NOT NULL,
                    PRIMARY KEY (topic, "offset")
                ) STRICT, WITHOUT ROWID;
                """,
            postgreSQL: """
                CREATE TABLE topic (name TEXT PRIMARY KEY, epoch BIGINT NOT NULL, head BIGINT NOT NULL);
                CREATE TABLE event (
                    topic TEXT NOT NULL REFERENCES topic (name),
                    "offset" BIGINT NOT NULL,
                    key TEXT NOT NULL,
                    committed_at BIGINT NOT NULL,
                    trace TEXT,
                    payload BYTEA NOT NULL,
                    PRIMARY KEY (topic, "offset")
                );
                """
        ),
        Migration(
            "outbox.2",
            sqlite: """
                CREATE TABLE consumer (
                    topic TEXT NOT NULL REFERENCES topic (name),
                    name TEXT NOT NULL,
                    epoch INTEGER NOT NULL,
                    acknowledged INTEGER NOT NULL,
                    gaps_found INTEGER NOT NULL,
                    gaps_filled INTEGER NOT NULL,
                    PRIMARY KEY (topic, name)
                ) STRICT, WITHOUT ROWID;
                """,
            postgreSQL: """
                CREATE TABLE consumer (
                    topic TEXT NOT NULL REFERENCES topic (name),
                    name TEXT NOT NULL,
                    epoch BIGINT NOT NULL,
                    acknowledged BIGINT NOT NULL,
                    gaps_found BIGINT NOT NULL,
                    gaps_filled BIGINT NOT NULL,
                    PRIMARY KEY (topic, name)
                );
                """
        ),
        // Whose those that are there already are is said by who speaks next: see `ConsumerOwnership`.
        Migration("outbox.3", "ALTER TABLE consumer ADD COLUMN owner TEXT"),
        // The writer declares a topic before it takes an event of it. PostgreSQL would look it up, and lock its row, for each event: half of what an
        // event costs there. SQLite looks at a page that it has in hand.
        Migration(
            "outbox.4",
            sqlite: "SELECT 1",
            postgreSQL: "ALTER TABLE event DROP CONSTRAINT event_topic_fkey"
        ),
    ]

    static let heads: SQL = "SELECT name, epoch, head FROM topic ORDER BY name"
    static let epoch: SQL = "SELECT epoch FROM topic WHERE name = $1"
    private static let insert: SQL = "INSERT INTO topic (name, epoch, head) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING"
    private static let standing = """
        SELECT name, epoch, head, coalesce((SELECT min("offset") FROM event WHERE topic = name), head + 1) FROM topic
        """
    private static let allStanding = SQL("\(standing) ORDER BY name")
    private static let oneStanding = SQL("\(standing) WHERE name = $1")
    private static let page: SQL = """
        SELECT "offset", committed_at, trace, key, payload FROM event
        WHERE topic = $1 AND "offset" >= $2 ORDER BY "offset" LIMIT $3
        """
    private static let since: SQL = """
        SELECT "offset" FROM event WHERE topic = $1 AND committed_at >= $2 ORDER BY "offset" LIMIT 1
        """
    private static let delete: SQL = """
        DELETE FROM event WHERE topic = $1 AND "offset" IN (
            SELECT "offset" FROM event WHERE topic = $1 AND "offset" < $2 ORDER BY "offset" LIMIT $3
        )
        """

    /// Makes the topic where it is not there; a topic keeps its epoch for the life of the store.
    static func declare(_ topic: String, in transaction: any Transaction) throws {
        // Integers are signed, so an epoch has 63 random bits.
        try transaction.run(insert, [.text(topic), .integer(.random(in: 1...(.max)))])
    }

    static func standing(in transaction: any Transaction) throws -> [TopicHead] {
        try transaction.rows(allStanding, [], head)
    }

    static func standing(of topic: String, in transaction: any Transaction) throws -> TopicHead? {
        try transaction.row(oneStanding, [.text(topic)], head)
    }

    private static func head(_ row: any Row) -> TopicHead {
        TopicHead(topic: row.text(0), epoch: row.bits(1), head: row.count(2), tail: row.count(3))
    }

    static func events(
        of topic: String,
        from offset: UInt64,
        limit: Int,
        in transaction: any Transaction
    ) throws -> [Event] {
        guard let epoch = try transaction.row(epoch, [.text(topic)], { $0.bits(0) }) else { return [] }
        return try transaction.rows(page, [.text(topic), .count(offset), .int(max(0, limit))]) { row in
            Event(
                topic: topic,
                epoch: epoch,
                offset: row.count(0),
                key: row.text(3),
                committedAt: row.time(1),
                trace: row.textIfAny(2).flatMap(TraceContext.init(traceparent:)),
                payload: row.bytes(4)
            )
        }
    }

    /// From the rows straight into the bytes that travel, without an `Event` between.
    static func block(
        of head: TopicHead,
        from first: UInt64,
        limit: Int,
        _ bytes: Int,
        in transaction: any Transaction
    ) throws -> EventBlock? {
        var writer = EventBlockWriter(limit: bytes)
        var offset = Int64(clamping: first)
        try transaction.each(page, [.text(head.topic), .integer(offset), .int(limit)]) { row in
            guard row.integer(0) == offset, append(row, to: &writer) else { return false }
            offset += 1
            return true
        }
        return writer.block(of: head.topic, epoch: head.epoch, first: first)
    }

    /// False where the row does not fit any more.
    private static func append(_ row: any Row, to writer: inout EventBlockWriter) -> Bool {
        writer.append(
            time: row.count(1),
            trace: row.textIfAny(2).flatMap(TraceContext.init(traceparent:)),
            key: row.size(3),
            payload: row.size(4)
        ) { bytes in
            row.append(3, to: &bytes)
            row.append(4, to: &bytes)
        }
    }

    static func firstOffset(of topic: String, since time: Deadline, in transaction: any Transaction) throws -> UInt64 {
        if let first = try transaction.row(since, [.text(topic), .time(time)], { $0.count(0) }) { return first }
        return (try standing(of: topic, in: transaction)?.head ?? 0) + 1
    }

    /// Returns how many there were.
    static func prune(
        _ topic: String,
        before offset: UInt64,
        limit: Int,
        in transaction: any Transaction
    ) throws -> Int {
        try transaction.run(delete, [.text(topic), .count(offset), .int(limit)])
    }
}
