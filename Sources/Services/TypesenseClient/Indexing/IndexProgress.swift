// How far the index has followed the log, and those who wait until it has come further.
//
//     reached(77:41) ── wait(for: 77:42) ── reached(77:42) ──> go on
//                            └── the time is over ──> how far it is
//
// Of another life of the log nothing is ever reached: whoever waits for that is told where the index is.

package import Bus
import Synchronization

package final class IndexProgress: Sendable {
    private struct State {
        var position: LogPosition?
        var waiting: [UInt64: (wanted: LogPosition, end: AsyncStream<Never>.Continuation)] = [:]
        var next: UInt64 = 0
    }

    private let state = Mutex(State())
    private let sleep: @Sendable (Duration) async throws -> Void

    package init(sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }) {
        self.sleep = sleep
    }

    package var position: LogPosition? { state.withLock { $0.position } }

    /// The index has had its effect up to here; `nil` where it begins anew.
    package func reached(_ position: LogPosition?) {
        let done = state.withLock { state in
            state.position = position
            guard let position else { return [AsyncStream<Never>.Continuation]() }
            let done = state.waiting.filter { position.includes($0.value.wanted) }
            for id in done.keys { state.waiting[id] = nil }
            return done.values.map(\.end)
        }
        for end in done { end.finish() }
    }

    /// Returns when the index has come so far.
    ///
    /// - Throws: `Failure` with `unavailable` and the present position where that takes longer than it may.
    package func wait(for wanted: LogPosition, atMost limit: Duration) async throws(Failure) {
        let (stream, end) = AsyncStream<Never>.makeStream()
        guard let id = enter(wanted, end) else { return }
        await withTaskGroup(of: Void.self) { [sleep] group in
            group.addTask { for await _ in stream {} }
            group.addTask { try? await sleep(limit) }
            await group.next()
            group.cancelAll()
        }
        guard leave(id) else { return }
        let position = position
        throw Failure(
            .unavailable,
            "The index has not reached \(wanted.text) yet; it is at \(position?.text ?? "the beginning").",
            retryAfter: 1,
            position: position
        )
    }

    /// `nil` where there is nothing to wait for.
    private func enter(_ wanted: LogPosition, _ end: AsyncStream<Never>.Continuation) -> UInt64? {
        state.withLock { state in
            if state.position?.includes(wanted) == true { return nil }
            state.next += 1
            state.waiting[state.next] = (wanted, end)
            return state.next
        }
    }

    /// Whether it still waited.
    private func leave(_ id: UInt64) -> Bool { state.withLock { $0.waiting.removeValue(forKey: id) != nil } }
}
