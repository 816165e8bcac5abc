// How far the index is behind its topic: in events, and in the age of the oldest one that has not had its effect.

package import Bus
import Synchronization

package final class IndexLag: Sendable {
    private struct State {
        var epoch: UInt64?
        var applied: UInt64 = 0
        var head: UInt64 = 0
        /// When the first event of those in hand was committed.
        var oldest: Deadline?
    }

    private let state = Mutex(State())

    package init() {}

    /// Where the index stands as following begins.
    func begin(at checkpoint: Checkpoint?) {
        let offset = checkpoint?.offset ?? 0
        state.withLock { $0 = State(epoch: checkpoint?.epoch, applied: offset, head: offset) }
    }

    /// These are being applied.
    func began(_ events: [Event]) {
        state.withLock { state in
            state.oldest = events.first?.committedAt
            state.head = max(state.head, events.last?.offset ?? 0)
        }
    }

    /// Every event up to this one has had its effect.
    func reached(_ event: Event) {
        state.withLock { state in
            (state.epoch, state.applied, state.oldest) = (event.epoch, event.offset, nil)
            state.head = max(state.head, event.offset)
        }
    }

    /// What is known to have had its effect besides events that were applied one by one.
    package func advance(to offset: UInt64) {
        state.withLock { state in
            state.applied = max(state.applied, offset)
            state.head = max(state.head, offset)
        }
    }

    /// Where the index stands; without an epoch where it has not followed any log yet.
    package var position: (epoch: UInt64?, offset: UInt64) { state.withLock { ($0.epoch, $0.applied) } }

    /// How far behind it is; `head` is where the topic stands as far as the subscription knows.
    package func now(head: UInt64?, at now: Deadline = .now) -> (events: UInt64, seconds: Double) {
        let state = state.withLock { $0 }
        let head = max(state.head, head ?? 0)
        let age = state.oldest.map { now.microseconds - min($0.microseconds, now.microseconds) } ?? 0
        return (head - min(head, state.applied), Double(age) / 1_000_000)
    }
}
