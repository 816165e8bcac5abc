// Pages of the outbox for replay: from SQLite's rows straight into the bytes that travel, without an `Event` between.

package import Bus
import GRDB
import SQLiteColumns

extension Outbox {
    package func page(of topic: String, from offset: UInt64, limit: Int, bytes: Int) async throws -> ReplayPage? {
        // One transaction, so where the topic stands and what is read of it are of the same moment.
        try await database.read { db in
            guard let head = try Self.head(ofTopic: topic, in: db) else { return nil }
            guard limit > 0 else { return ReplayPage(head: head, block: nil) }
            return ReplayPage(head: head, block: try Self.block(of: head, from: offset, limit: limit, bytes, in: db))
        }
    }

    private static func head(ofTopic topic: String, in db: Database) throws -> TopicHead? {
        let statement = try db.cachedStatement(sql: "\(headQuery) WHERE name = ?")
        return try Row.fetchOne(statement, arguments: [topic]).map(head)
    }

    private static func block(
        of head: TopicHead,
        from first: UInt64,
        limit: Int,
        _ bytes: Int,
        in db: Database
    ) throws -> EventBlock? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT offset, committed_at, trace, key, payload FROM event
                WHERE topic = ? AND offset >= ? ORDER BY offset LIMIT ?
                """
        )
        let rows = try Row.fetchCursor(statement, arguments: [head.topic, Int64(clamping: first), limit])
        let columns = Columns(of: statement)
        var writer = EventBlockWriter(limit: bytes)
        var offset = Int64(clamping: first)
        while try rows.next() != nil, columns.integer(0) == offset, append(columns, to: &writer) { offset += 1 }
        return writer.block(of: head.topic, epoch: head.epoch, first: first)
    }

    /// False where the row does not fit any more.
    private static func append(_ row: Columns, to writer: inout EventBlockWriter) -> Bool {
        writer.append(
            time: UInt64(clamping: row.integer(1)),
            trace: row.isNull(2) ? nil : row.text(2).flatMap(TraceContext.init(traceparent:)),
            key: row.size(3),
            payload: row.size(4)
        ) { bytes in
            row.append(3, to: &bytes)
            row.append(4, to: &bytes)
        }
    }
}
