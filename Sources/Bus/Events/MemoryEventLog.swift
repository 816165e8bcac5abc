// An event log in memory: the reference implementation, for services whose store is in memory and for tests.

internal import Synchronization

package final class MemoryEventLog: EventLog {
    private struct State {
        var events: [String: [Event]] = [:]
        var observers: [@Sendable ([Event]) -> Void] = []
    }

    private let epoch: UInt64
    private let state: Mutex<State>

    package init(topics: [String], epoch: UInt64 = .random(in: 1...(.max))) {
        self.epoch = epoch
        state = Mutex(State(events: Dictionary(uniqueKeysWithValues: topics.map { ($0, []) })))
    }

    /// Appends and announces. Observers hear of appends in their order, since they are called inside the lock; they must be quick.
    @discardableResult  // the event is there for those who need its offset
    package func append(_ topic: String, key: String, payload: [UInt8], trace: TraceContext? = nil) -> Event {
        state.withLock { state in
            let offset = UInt64(state.events[topic, default: []].count + 1)
            let event = Event(
                topic: topic,
                epoch: epoch,
                offset: offset,
                key: key,
                committedAt: .now,
                trace: trace,
                payload: payload
            )
            state.events[topic, default: []].append(event)
            for observer in state.observers { observer([event]) }
            return event
        }
    }

    package func heads() -> [TopicHead] {
        state.withLock { state in
            state.events.map { TopicHead(topic: $0, epoch: epoch, head: UInt64($1.count), tail: 1) }
        }
    }

    package func read(topic: String, from offset: UInt64, limit: Int) -> [Event] {
        state.withLock { Array(($0.events[topic] ?? []).dropFirst(Int(clamping: max(offset, 1) - 1)).prefix(limit)) }
    }

    package func observe(_ observer: @escaping @Sendable ([Event]) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }
}
