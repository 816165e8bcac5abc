// The events of the transaction in hand, and how far each topic has come with them. The writer's: it knows the heads, so that an event costs
// one insertion, and what has been committed is handed to the outbox instead of being read back.
//
//     begin ── append · append ── mark ── append ──┬── take ── COMMIT ── announced
//                                                  └── roll(back: mark): a closure that failed gives its offsets back
//
// Heads live here and in the table `topic`, which is written once a transaction.

import Bus

package final class EventDraft {
    struct Position {
        let epoch: UInt64
        /// The newest offset, with those of this transaction.
        var head: UInt64
        /// The newest offset that is on disk.
        var committed: UInt64
    }

    /// How much there was at some moment.
    typealias Mark = Int

    private static let insert: SQL = """
        INSERT INTO event (topic, "offset", key, committed_at, trace, payload) VALUES ($1, $2, $3, $4, $5, $6)
        """
    private static let raise: SQL = "UPDATE topic SET head = $2 WHERE name = $1"

    private var positions: [String: Position] = [:]
    private(set) var events: [Event] = []

    init() {}

    /// Takes the heads as they are in the tables.
    func load(in transaction: any Transaction) throws {
        positions = try transaction.rows(Topics.heads) { row in
            (row.text(0), Position(epoch: row.bits(1), head: row.count(2), committed: row.count(2)))
        }.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }

    func head(of topic: String) -> UInt64? { positions[topic]?.head }

    func append(
        _ topic: String,
        key: String,
        in transaction: any Transaction,
        payload: (_ offset: UInt64) throws -> [UInt8]
    ) throws {
        guard key.utf8.count <= EventBlock.maxKeyBytes else {
            // Committed, it could never be published.
            throw Failure(.payloadTooLarge, "The key of an event takes \(EventBlock.maxKeyBytes) bytes.")
        }
        let position = try position(of: topic, in: transaction)
        let event = Event(
            topic: topic,
            epoch: position.epoch,
            offset: position.head + 1,
            key: key,
            committedAt: .now,
            trace: CallContext.current?.trace,
            payload: try payload(position.head + 1)
        )
        try transaction.later(
            Self.insert,
            [
                .text(topic), .count(event.offset), .text(key), .time(event.committedAt),
                .text(event.trace?.traceparent), .bytes(event.payload),
            ]
        )
        positions[topic]?.head += 1
        events.append(event)
    }

    var mark: Mark { events.count }

    func roll(back mark: Mark) {
        while events.count > mark, let event = events.popLast() { positions[event.topic]?.head = event.offset - 1 }
    }

    /// Writes the heads that have moved.
    func settle(in transaction: any Transaction) throws {
        for (topic, position) in positions where position.head != position.committed {
            try transaction.later(Self.raise, [.text(topic), .count(position.head)])
        }
    }

    /// The transaction is on disk: what it has recorded, in the order of the offsets.
    func take() -> [Event] {
        for event in events { positions[event.topic]?.committed = event.offset }
        defer { events = [] }
        return events
    }

    /// A topic that nobody declared begins with its first event.
    private func position(of topic: String, in transaction: any Transaction) throws -> Position {
        if let known = positions[topic] { return known }
        try Topics.declare(topic, in: transaction)
        let epoch = try transaction.row(Topics.epoch, [.text(topic)]) { $0.bits(0) }
        guard let epoch else { throw Failure(.internalError, "The topic \(topic) cannot be made.") }
        let position = Position(epoch: epoch, head: 0, committed: 0)
        positions[topic] = position
        return position
    }
}
