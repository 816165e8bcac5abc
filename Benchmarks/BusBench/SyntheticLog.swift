// An event log that keeps nothing: each event follows from its offset. So a run of any length measures the bus and its memory, not a log.

import Bus
import Synchronization

final class SyntheticLog: EventLog {
    private struct State {
        var head: UInt64 = 0
        var observers: [@Sendable ([Event]) -> Void] = []
    }

    private let topic: String
    private let quietTopics: [String]
    private let payload = [UInt8](repeating: 0x78, count: Bench.payloadBytes)
    private let state = Mutex(State())

    /// `others` are topics beside the one, on which nothing happens.
    init(topic: String, others: Int) {
        self.topic = topic
        quietTopics = (0..<others).map { "quiet.\($0)" }
    }

    var head: UInt64 { state.withLock { $0.head } }

    /// Makes the next `count` events and announces them together.
    func commit(_ count: Int) {
        state.withLock { state in
            let events = events(from: state.head + 1, through: state.head + UInt64(count))
            state.head += UInt64(count)
            for observer in state.observers { observer(events) }
        }
    }

    private func events(from first: UInt64, through last: UInt64) -> [Event] {
        guard first <= last else { return [] }
        let now = Deadline.now
        return (first...last).map {
            Event(topic: topic, epoch: 1, offset: $0, key: "key", committedAt: now, trace: nil, payload: payload)
        }
    }

    func heads() -> [TopicHead] {
        [TopicHead(topic: topic, epoch: 1, head: head, tail: 1)]
            + quietTopics.map { TopicHead(topic: $0, epoch: 1, head: 0, tail: 1) }
    }

    func read(topic: String, from offset: UInt64, limit: Int) -> [Event] {
        topic == self.topic ? events(from: offset, through: min(head, offset + UInt64(limit) - 1)) : []
    }

    func observe(_ observer: @escaping @Sendable ([Event]) -> Void) { state.withLock { $0.observers.append(observer) } }
}
