// The durable record of a service's events: written in the transaction of the change, announced after its commit, replayed from here.
//
//     topic(name, epoch, head)                                    one row a topic; head is the newest offset
//     event(topic, offset, key, committed_at, trace, payload)     clustered by (topic, offset)
//     consumer(topic, name, epoch, acknowledged, gaps_…, owner)   who follows by name, and how far
//
// Events are recorded by `Transaction.publish`. The head is a row of the same transaction, so offsets have no holes: a closure that is
// rolled back gives its offset back. What observers are told is what the writer has kept of the transaction that reached the disk, no more
// and no less: where several replicas write to the store, each announces its own. Observers run on the writer's thread: they hand over and return.

package import Bus

package struct Outbox: Sendable {
    let store: DurableStore

    /// The newest offset of a topic as the transaction sees it, with the events that it has recorded itself; 0 where there is none.
    package static func head(of topic: String, in transaction: any Transaction) throws -> UInt64 {
        if let draft = transaction.draft { return draft.head(of: topic) ?? 0 }
        return try transaction.row(head, [.text(topic)]) { $0.count(0) } ?? 0
    }

    /// The life of a topic's log in which offsets count; 0 where there is no such topic.
    package static func epoch(of topic: String, in transaction: any Transaction) throws -> UInt64 {
        if let epoch = transaction.draft?.epoch(of: topic) { return epoch }
        return try transaction.row(Topics.epoch, [.text(topic)]) { $0.bits(0) } ?? 0
    }

    private static let head: SQL = "SELECT head FROM topic WHERE name = $1"
}

extension Outbox: EventLog {
    package func heads() async throws -> [TopicHead] {
        try await store.read { try Topics.standing(in: $0) }
    }

    package func read(topic: String, from offset: UInt64, limit: Int) async throws -> [Event] {
        try await store.read { try Topics.events(of: topic, from: offset, limit: limit, in: $0) }
    }

    package func page(of topic: String, from offset: UInt64, limit: Int, bytes: Int) async throws -> ReplayPage? {
        // One snapshot, so where the topic stands and what is read of it are of the same moment.
        try await store.read { transaction in
            guard let head = try Topics.standing(of: topic, in: transaction) else { return nil }
            guard limit > 0 else { return ReplayPage(head: head, block: nil) }
            let block = try Topics.block(of: head, from: offset, limit: limit, bytes, in: transaction)
            return ReplayPage(head: head, block: block)
        }
    }

    package func observe(_ observer: @escaping @Sendable ([Event]) -> Void) {
        store.observers.add(observer)
    }

    package var isShared: Bool { store.isShared }

    package var consumers: (any ConsumerRegister)? { self }
}

extension Outbox: ConsumerRegister {
    package func positions() async throws -> [ConsumerPosition] {
        try await store.read { try ConsumerTable(transaction: $0).all() }
    }

    package func update(
        _ consumer: String,
        of topic: String,
        _ decide: @escaping Decision
    ) async throws -> ConsumerPosition {
        try await store.write { transaction in
            // The heads as they are on disk: nobody can have seen more.
            guard let head = try Topics.standing(of: topic, in: transaction) else {
                throw Failure(.notFound, "No topic \"\(topic)\" is published here.")
            }
            let table = ConsumerTable(transaction: transaction)
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
        try await store.write { transaction in
            let table = ConsumerTable(transaction: transaction)
            for position in try table.positions(of: consumer) where topic ?? position.topic == position.topic {
                try check(position)
            }
            return try table.remove(consumer, of: topic)
        }
    }

    package func firstOffset(of topic: String, since time: Deadline) async throws -> UInt64 {
        try await store.read { try Topics.firstOffset(of: topic, since: time, in: $0) }
    }

    /// The topic's tail moves up. The newest event may go too: the head is kept apart, and offsets are never used twice.
    package func prune(_ topic: String, before offset: UInt64, limit: Int) async throws -> Int {
        try await store.write { try Topics.prune(topic, before: offset, limit: limit, in: $0) }
    }

    package func prune(_ topic: String, limit: Int, before horizon: @escaping Horizon) async throws -> Int {
        try await store.write { transaction in
            let offset = horizon(try ConsumerTable(transaction: transaction).positions(in: topic))
            return try Topics.prune(topic, before: offset, limit: limit, in: transaction)
        }
    }
}
