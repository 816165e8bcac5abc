// The durable record of a service's events: written in the transaction of the change, announced after its commit, replayed from here.
//
//     topic(name, epoch, head)                                    one row a topic; head is the newest offset
//     event(topic, offset, key, committed_at, trace, payload)     clustered by (topic, offset)
//     consumer(topic, name, epoch, acknowledged, gaps_…, owner)   who follows by name, and how far
//
// The head is a row of the same transaction, so offsets have no holes: a closure that is rolled back gives its offset back. What
// observers are told is read from the tables just before the commit, so nothing can be announced that is not on disk, and nothing
// on disk is left out. Observers run on the writer's queue: they hand over and return.

package import Bus
import Foundation
package import GRDB
import Synchronization

package final class Outbox: Sendable {
    private struct State {
        var observers: [@Sendable ([Event]) -> Void] = []
        /// The newest offset that observers have been told of, by topic.
        var announced: [String: UInt64] = [:]
    }

    private let state = Mutex(State())
    let database: any DatabaseWriter

    init(_ writer: any DatabaseWriter, topics: [String]) throws {
        database = writer
        let heads = try writer.write { db in
            for topic in topics { try Self.declare(topic, in: db) }
            return try Self.heads(in: db)
        }
        state.withLock { $0.announced = Dictionary(uniqueKeysWithValues: heads.map { ($0.topic, $0.head) }) }
    }

    /// Records an event with the change that it tells of: call it inside the `write` that makes the change.
    ///
    /// - Throws: `Failure` with `payload_too_large` for a key of more than 65,535 bytes, and whatever the database throws.
    package func append<Payload>(_ topic: Topic<Payload>, key: String, _ payload: Payload, in db: Database) throws {
        try append(topic, key: key, in: db) { _ in payload }
    }

    /// Records an event whose payload names its own offset, which is final once the write is answered.
    ///
    /// - Throws: The same, and what `payload` throws.
    package func append<Payload>(
        _ topic: Topic<Payload>,
        key: String,
        in db: Database,
        payload: (_ offset: UInt64) throws -> Payload
    ) throws {
        guard key.utf8.count <= EventBlock.maxKeyBytes else {
            // Committed, it could never be published.
            throw Failure(.payloadTooLarge, "The key of an event takes \(EventBlock.maxKeyBytes) bytes.")
        }
        let offset = try Self.nextOffset(of: topic.name, in: db)
        let bytes = try PayloadCoding.encode(try payload(UInt64(clamping: offset)))
        let insert = try db.cachedStatement(
            sql: "INSERT INTO event (topic, offset, key, committed_at, trace, payload) VALUES (?, ?, ?, ?, ?, ?)"
        )
        try insert.execute(arguments: [
            topic.name, offset, key, Int64(clamping: Deadline.now.microseconds),
            CallContext.current?.trace.traceparent, Data(bytes),
        ])
    }
}

extension Outbox: EventLog {
    package func heads() async throws -> [TopicHead] {
        try await database.read { db in try Self.heads(in: db) }
    }

    package func read(topic: String, from offset: UInt64, limit: Int) async throws -> [Event] {
        try await database.read { db in try Self.events(of: topic, from: offset, limit: limit, in: db) }
    }

    package func observe(_ observer: @escaping @Sendable ([Event]) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }

    package var consumers: (any ConsumerRegister)? { self }
}

extension Outbox: ConsumerRegister {
    package func positions() async throws -> [ConsumerPosition] {
        try await database.read { db in try ConsumerTable(db: db).all() }
    }

    /// A transaction of its own beside the group commits: consumers speak once a heartbeat, not once an event.
    package func update(
        _ consumer: String,
        of topic: String,
        _ decide: @escaping Decision
    ) async throws -> ConsumerPosition {
        try await database.write { db in
            guard let head = try Self.heads(in: db).first(where: { $0.topic == topic }) else {
                throw Failure(.notFound, "No topic \"\(topic)\" is published here.")
            }
            let table = ConsumerTable(db: db)
            let known = try table.position(of: consumer, in: topic)
            let position = try decide(known, head)
            if position != known { try table.put(position) }
            return position
        }
    }

    package func remove(
        _ consumer: String,
        of topic: String?,
        _ check: @escaping @Sendable (ConsumerPosition) throws -> Void = { _ in }
    ) async throws -> Int {
        try await database.write { db in
            let table = ConsumerTable(db: db)
            for position in try table.positions(of: consumer) where topic ?? position.topic == position.topic {
                try check(position)
            }
            return try table.remove(consumer, of: topic)
        }
    }

    package func firstOffset(of topic: String, since time: Deadline) async throws -> UInt64 {
        try await database.read { db in try Self.firstOffset(of: topic, since: time, in: db) }
    }

    /// The topic's tail moves up. The newest event may go too: the head is kept apart, and offsets are never used twice.
    package func prune(_ topic: String, before offset: UInt64, limit: Int) async throws -> Int {
        try await database.write { db in try Self.prune(topic, before: offset, limit: limit, in: db) }
    }
}

extension Outbox {
    /// The events that the transaction in hand has recorded, in the order of their offsets.
    func recorded(in db: Database) throws -> [Event] {
        let announced = state.withLock { $0.announced }
        return try Self.positions(in: db).flatMap { position in
            let known = announced[position.topic] ?? 0
            return position.head > known
                ? try Self.events(of: position.topic, from: known + 1, limit: Int(position.head - known), in: db) : []
        }
    }

    /// Tells the observers what the last commit made durable.
    func announce(_ events: [Event]) {
        guard !events.isEmpty else { return }
        let observers = state.withLock { state in
            for event in events { state.announced[event.topic] = event.offset }
            return state.observers
        }
        for observer in observers { observer(events) }
    }
}
