// Between the thread that commits events and the loop that sends them: holds so many at most.
//
// A commit must not wait for the loop, and memory must not grow with what the loop has not done. So what does not fit is let go, and only
// the topic's head is remembered: subscribers hear of it and read the rest from the log, as they do with everything that gets lost.

internal import Synchronization

final class EventRelay: Sendable {
    struct Load {
        var events: [Event] = []
        /// Topics of which events were let go, with their newest.
        var heads: [String: Event] = [:]

        fileprivate mutating func add(_ event: Event, _ limit: Int) {
            // Behind a gap nothing is of use: the log gives that too.
            if heads[event.topic] == nil, events.count < limit {
                events.append(event)
            } else {
                heads[event.topic] = event
            }
        }
    }

    private struct State {
        var load = Load()
        var isTaken = true
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Puts events down; true where somebody has to be sent for them.
    func add(_ events: [Event]) -> Bool {
        state.withLock { state in
            if state.load.heads.isEmpty, state.load.events.count + events.count <= limit {
                state.load.events.append(contentsOf: events)
            } else {
                for event in events { state.load.add(event, limit) }
            }
            defer { state.isTaken = false }
            return state.isTaken
        }
    }

    func take() -> Load {
        state.withLock { state in
            defer { state = State() }
            return state.load
        }
    }
}
