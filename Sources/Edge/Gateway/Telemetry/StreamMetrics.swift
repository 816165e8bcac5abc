// What is counted of streams. The labels are topics as declared and reasons out of a closed set.

internal import Synchronization

final class StreamMetrics: Sendable {
    private struct Key: Hashable {
        let service: String
        let topic: String
    }

    private struct State {
        var places = 0
        var open: [Key: Int] = [:]
        var sent: [Key: Int] = [:]
        var ended: [Key: [EventStream.Reason: Int]] = [:]
    }

    private let state = Mutex(State())

    func places(_ count: Int) { state.withLock { $0.places = count } }

    func began(_ topic: MountedTopic) {
        state.withLock { $0.open[Key(service: topic.service, topic: topic.name), default: 0] += 1 }
    }

    func ended(_ topic: MountedTopic, _ reason: EventStream.Reason) {
        let key = Key(service: topic.service, topic: topic.name)
        state.withLock { state in
            state.open[key, default: 0] -= 1
            state.ended[key, default: [:]][reason, default: 0] += 1
        }
    }

    func sent(_ count: Int, of topic: MountedTopic) {
        state.withLock { $0.sent[Key(service: topic.service, topic: topic.name), default: 0] += count }
    }

    /// Of one service's topics; of all where it is nil.
    func text(of service: String?) -> String {
        let state = state.withLock { $0 }
        let isTold = { (key: Key) in service == nil || key.service == service }
        let ended = state.ended.filter { isTold($0.key) }.flatMap { key, counts in
            counts.map { ("topic=\"\(key.topic)\",reason=\"\($0.key.rawValue)\"", $0.value) }
        }
        return Metrics.gauge("\(Self.prefix)_places", "Streams of events that there may be.", state.places)
            + Self.series(
                "",
                "Streams of events that are open.",
                "gauge",
                Self.lines(state.open.filter { isTold($0.key) })
            )
            + Self.series(
                "_sent_total",
                "Events sent in streams.",
                "counter",
                Self.lines(state.sent.filter { isTold($0.key) })
            )
            + Self.series("_ended_total", "Streams that have ended, and why.", "counter", ended)
    }

    private static let prefix = "fountain_gateway_event_streams"

    private static func lines(_ counts: [Key: Int]) -> [(String, Int)] {
        counts.map { ("topic=\"\($0.key.topic)\"", $0.value) }
    }

    private static func series(_ suffix: String, _ help: String, _ type: String, _ lines: [(String, Int)]) -> String {
        let name = prefix + suffix
        let text = lines.map { "\(name){\($0.0)} \($0.1)\n" }.sorted().joined()
        return "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n" + text
    }
}
