// An event log in memory: the reference implementation, for services whose store is in memory and for tests. As durable logs do, it keeps
// what it is told to keep: pruned by `Retention`, it does not grow without end.

internal import Synchronization

package final class MemoryEventLog: EventLog {
    /// The events of a topic from `tail` on.
    private struct Kept {
        var tail: UInt64 = 1
        var events: [Event] = []
        var head: UInt64 { tail + UInt64(events.count) - 1 }

        mutating func prune(before offset: UInt64, limit: Int) -> Int {
            let count = min(limit, events.count, Int(clamping: max(offset, tail) - tail))
            events.removeFirst(count)
            tail += UInt64(count)
            return count
        }
    }

    private struct Follower: Hashable {
        let topic: String
        let consumer: String
    }

    private struct State {
        var topics: [String: Kept] = [:]
        var followers: [Follower: ConsumerPosition] = [:]
        var observers: [@Sendable ([Event]) -> Void] = []
    }

    package let epoch: UInt64
    private let state: Mutex<State>

    package init(topics: [String], epoch: UInt64 = .random(in: 1...(.max))) {
        self.epoch = epoch
        state = Mutex(State(topics: Dictionary(uniqueKeysWithValues: topics.map { ($0, Kept()) })))
    }

    /// Appends and announces. Observers hear of appends in their order, since they are called inside the lock; they must be quick.
    @discardableResult  // the event is there for those who need its offset
    package func append(_ topic: String, key: String, payload: [UInt8], trace: TraceContext? = nil) -> Event {
        state.withLock { state in
            let event = Event(
                topic: topic,
                epoch: epoch,
                offset: state.topics[topic, default: Kept()].head + 1,
                key: key,
                committedAt: .now,
                trace: trace,
                payload: payload
            )
            state.topics[topic, default: Kept()].events.append(event)
            for observer in state.observers { observer([event]) }
            return event
        }
    }

    package func heads() -> [TopicHead] {
        state.withLock { state in state.topics.map { head(of: $0, $1) } }
    }

    private func head(of topic: String, _ kept: Kept) -> TopicHead {
        TopicHead(topic: topic, epoch: epoch, head: kept.head, tail: kept.tail)
    }

    package func read(topic: String, from offset: UInt64, limit: Int) -> [Event] {
        state.withLock { state in
            guard let kept = state.topics[topic] else { return [] }
            return Array(kept.events.dropFirst(Int(clamping: max(offset, kept.tail) - kept.tail)).prefix(limit))
        }
    }

    package func observe(_ observer: @escaping @Sendable ([Event]) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }

    package var consumers: (any ConsumerRegister)? { self }
}

extension MemoryEventLog: ConsumerRegister {
    package func positions() -> [ConsumerPosition] {
        state.withLock { $0.followers.values.sorted { ($0.topic, $0.consumer) < ($1.topic, $1.consumer) } }
    }

    package func update(_ consumer: String, of topic: String, _ decide: Decision) throws -> ConsumerPosition {
        try state.withLock { state in
            guard let kept = state.topics[topic] else {
                throw Failure(.notFound, "No topic \"\(topic)\" is published here.")
            }
            let follower = Follower(topic: topic, consumer: consumer)
            let position = try decide(state.followers[follower], head(of: topic, kept))
            state.followers[follower] = position
            return position
        }
    }

    package func remove(
        _ consumer: String,
        of topic: String?,
        _ check: (ConsumerPosition) throws -> Void
    ) throws -> Int {
        try state.withLock { state in
            let gone = state.followers.keys.filter { $0.consumer == consumer && (topic ?? $0.topic) == $0.topic }
            for follower in gone { if let position = state.followers[follower] { try check(position) } }
            for follower in gone { state.followers[follower] = nil }
            return gone.count
        }
    }

    package func remove(_ consumer: String, of topic: String?) -> Int {
        (try? remove(consumer, of: topic) { _ in }) ?? 0
    }

    package func firstOffset(of topic: String, since time: Deadline) -> UInt64 {
        state.withLock { state in
            guard let kept = state.topics[topic] else { return 1 }
            return kept.events.first { $0.committedAt >= time }?.offset ?? kept.head + 1
        }
    }

    package func prune(_ topic: String, before offset: UInt64, limit: Int) -> Int {
        state.withLock { $0.topics[topic]?.prune(before: offset, limit: limit) ?? 0 }
    }

    package func prune(_ topic: String, limit: Int, before horizon: Horizon) -> Int {
        state.withLock { state in
            let offset = horizon(state.followers.values.filter { $0.topic == topic })
            return state.topics[topic]?.prune(before: offset, limit: limit) ?? 0
        }
    }
}
