// Between the thread that commits events and the loop that sends them: holds so many at most.
//
// A commit must not wait for the loop, and memory must not grow with what the loop has not done. So what does not fit is let go, and only
// the topic's head is remembered: subscribers hear of it and read the rest from the log, as they do with everything that gets lost.

internal import Synchronization

final class EventRelay: Sendable {
    struct Load {
        /// As they were committed, commit by commit.
        var events: [[Event]] = []
        var count = 0
        /// Topics of which events were let go, with their newest.
        var heads: [String: Event] = [:]

        fileprivate mutating func add(_ new: [Event], limit: Int) {
            if heads.isEmpty, count + new.count <= limit {
                events.append(new)
                count += new.count
            } else {
                events.append(new.filter { keeps($0, limit) })
            }
        }

        private mutating func keeps(_ event: Event, _ limit: Int) -> Bool {
            // Behind a gap nothing is of use: the log gives that too.
            guard heads[event.topic] == nil, count < limit else {
                heads[event.topic] = event
                return false
            }
            count += 1
            return true
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
            state.load.add(events, limit: limit)
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
