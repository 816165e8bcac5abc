// An event log that lives as long as its process: for stores that keep nothing on disk.

package import Bus
import Synchronization

package final class InMemoryEventLog: Sendable {
    private struct State {
        var events: [String: [Event]] = [:]
        var observers: [@Sendable ([Event]) -> Void] = []
    }

    private let state: Mutex<State>
    private let epoch = UInt64.random(in: 1...(.max))

    package init(topics: [String]) {
        state = Mutex(State(events: Dictionary(uniqueKeysWithValues: topics.map { ($0, []) })))
    }

    /// Records what one change has caused, all together; each payload is made from its own offset.
    ///
    /// Calls must not overlap, or observers may be called out of order: the store that owns the log changes one thing at a time.
    package func append<Payload>(
        _ topic: Topic<Payload>,
        _ entries: [(key: String, payload: (UInt64) -> Payload)]
    ) throws {
        let trace = CallContext.current?.trace
        let (events, observers) = try state.withLock { state in
            let head = UInt64(state.events[topic.name]?.count ?? 0)
            let events = try entries.enumerated().map { index, entry in
                let offset = head + UInt64(index) + 1
                return Event(
                    topic: topic.name,
                    epoch: epoch,
                    offset: offset,
                    key: entry.key,
                    committedAt: .now,
                    trace: trace,
                    payload: try PayloadCoding.encode(entry.payload(offset))
                )
            }
            state.events[topic.name, default: []] += events
            return (events, state.observers)
        }
        if !events.isEmpty { observers.forEach { $0(events) } }
    }
}

extension InMemoryEventLog: EventLog {
    package func heads() async throws -> [TopicHead] {
        state.withLock { state in
            state.events.sorted { $0.key < $1.key }.map {
                TopicHead(topic: $0.key, epoch: epoch, head: UInt64($0.value.count), tail: 1)
            }
        }
    }

    package func read(topic: String, from offset: UInt64, limit: Int) async throws -> [Event] {
        state.withLock { state in
            Array((state.events[topic] ?? []).dropFirst(Int(clamping: max(offset, 1) - 1)).prefix(limit))
        }
    }

    package func observe(_ observer: @escaping @Sendable ([Event]) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }
}
