// The events of the transaction in hand, and how far each topic has come with them. The writer's: it knows the heads, so that an event costs
// one insertion, and what has been committed is handed to the outbox instead of being read back.
//
//     load ── begin · append · append ──┬── end ────┬── settle ── COMMIT ── take ── announced
//                                       │           └── drop: nothing of this batch has been
//                                       └── roll(back: mark): a closure that failed gives its offsets back
//
// Heads live here and in the table `topic`, which is written once a transaction. Where each statement is a message of its own to a server, so are
// the events: many rows in one statement, just before the COMMIT.

import Bus

/// The events of a transaction in hand. `Transaction.publish` is the way to it.
public final class EventDraft {
    struct Position {
        let epoch: UInt64
        /// The newest offset, with those of this transaction.
        var head: UInt64
        /// The newest offset that is on disk.
        var committed: UInt64
    }

    /// How much there was when a closure began.
    struct Mark { fileprivate let events: Int }

    /// So many at once, the most first. A trace that there is not is written as an empty text, so that its type is known.
    private static let inserts = [64, 16, 4, 1].map { count in
        let rows = (0..<count).map { row in
            let mark = row * 6
            return "($\(mark + 1), $\(mark + 2), $\(mark + 3), $\(mark + 4), nullif($\(mark + 5), ''), $\(mark + 6))"
        }
        let columns = "topic, \"offset\", key, committed_at, trace, payload"
        return (count, SQL("INSERT INTO event (\(columns)) VALUES \(rows.joined(separator: ", "))"))
    }
    private static let raise: SQL = "UPDATE topic SET head = $2 WHERE name = $1"

    private var positions: [String: Position] = [:]
    /// The newest that others have heard of.
    private var announced: [String: (epoch: UInt64, offset: UInt64)] = [:]
    private(set) var events: [Event] = []
    private let maximumEvent: Int
    private let gathers: Bool
    private var deferred: [ObjectIdentifier: any DeferredWrites] = [:]
    /// Closures in hand, one inside of the other.
    private var depth = 0

    /// `gathers`: events are written together at the end, instead of each at once.
    init(_ limits: StoreLimits, gathers: Bool = false) { (maximumEvent, self.gathers) = (limits.maximumEvent, gathers) }

    /// Takes the heads as they are in the tables.
    ///
    /// - Returns: The topics whose log has lost events that were on disk once.
    @discardableResult  // in a file of our own that cannot be
    func load(in transaction: any Transaction) throws -> Set<String> {
        positions = try transaction.rows(Topics.heads) { row in
            (row.text(0), Position(epoch: row.bits(1), head: row.count(2), committed: row.count(2)))
        }.reduce(into: [:]) { $0[$1.0] = $1.1 }
        let lost = positions.filter { topic, position in
            announced[topic].map { $0.epoch == position.epoch && $0.offset > position.head } ?? false
        }
        return Set(lost.keys)
    }

    /// Topics of which others have heard events of their present life.
    var announcedTopics: Set<String> {
        Set(announced.filter { positions[$0.key]?.epoch == $0.value.epoch }.keys)
    }

    /// They are on disk, and others hear of them.
    func noteAnnounced(_ events: [Event]) {
        for event in events { announced[event.topic] = (event.epoch, event.offset) }
    }

    /// The topic's offsets mean something else from here on.
    func renew(_ topic: String, epoch: UInt64) {
        guard let position = positions[topic] else { return }
        positions[topic] = Position(epoch: epoch, head: position.head, committed: position.committed)
    }

    func head(of topic: String) -> UInt64? { positions[topic]?.head }

    func epoch(of topic: String) -> UInt64? { positions[topic]?.epoch }

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
        guard key.utf8.count + event.payload.count <= maximumEvent else {
            // Nor could what comes behind it: who follows the log would stand before it.
            throw Failure(.payloadTooLarge, "An event and its key take \(maximumEvent) bytes.")
        }
        if !gathers { try write([event], in: transaction) }
        positions[topic]?.head += 1
        events.append(event)
    }

    // MARK: Closures

    /// The batch's one of this kind, which has nothing in it at first.
    func deferred<Writes: DeferredWrites>(_ kind: Writes.Type) -> Writes {
        if let known = deferred[ObjectIdentifier(kind)] as? Writes { return known }
        let fresh = Writes()
        for _ in 0..<depth { fresh.begin() }
        deferred[ObjectIdentifier(kind)] = fresh
        return fresh
    }

    func begin() -> Mark {
        depth += 1
        for writes in deferred.values { writes.begin() }
        return Mark(events: events.count)
    }

    /// What the closure has done stands.
    func end() {
        depth -= 1
        for writes in deferred.values { writes.end(keeps: true) }
    }

    /// As if the closure had not been.
    func roll(back mark: Mark) {
        depth -= 1
        for writes in deferred.values { writes.end(keeps: false) }
        giveBack(to: mark.events)
    }

    /// As if nothing of this batch had been.
    func drop() {
        (deferred, depth) = ([:], 0)
        giveBack(to: 0)
    }

    /// Takes the events behind the first so many back, and their offsets with them.
    func giveBack(to count: Int) {
        while events.count > count, let event = events.popLast() { positions[event.topic]?.head = event.offset - 1 }
        // The row of a topic that began with one of them is undone as well: whoever publishes next declares it again.
        positions = positions.filter { $0.value.head > 0 }
    }

    /// Writes what is not written yet: what closures have deferred, the heads that have moved, and the events where they are gathered.
    func settle(in transaction: any Transaction) throws {
        for writes in deferred.values { try writes.settle(in: transaction) }
        if gathers { try write(events[...], in: transaction) }
        for (topic, position) in positions where position.head != position.committed {
            try transaction.later(Self.raise, [.text(topic), .count(position.head)])
        }
    }

    private func write(_ events: ArraySlice<Event>, in transaction: any Transaction) throws {
        var left = events
        while let (count, insert) = Self.inserts.first(where: { $0.0 <= left.count }) {
            try transaction.later(insert, left.prefix(count).flatMap(Self.values))
            left = left.dropFirst(count)
        }
    }

    private static func values(_ event: Event) -> [SQLValue] {
        [
            .text(event.topic), .count(event.offset), .text(event.key), .time(event.committedAt),
            .text(event.trace?.traceparent ?? ""), .bytes(event.payload),
        ]
    }

    /// The transaction is on disk: what it has recorded, in the order of the offsets.
    func take() -> [Event] {
        for event in events { positions[event.topic]?.committed = event.offset }
        noteAnnounced(events)
        defer { (events, deferred) = ([], [:]) }
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
