// A value, and those who wait until it is what they want: whoever changes it lets them go on, so nobody has to look again and again.

import Synchronization

final class Watched<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var waiting: [UInt64: (isMet: @Sendable (Value) -> Bool, end: AsyncStream<Never>.Continuation)] = [:]
        var next: UInt64 = 0
    }

    private let state: Mutex<State>

    init(_ value: Value) { state = Mutex(State(value: value)) }

    var value: Value { state.withLock { $0.value } }

    func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        let (result, done) = state.withLock { state in
            let result = body(&state.value)
            let done = state.waiting.filter { $0.value.isMet(state.value) }
            for id in done.keys { state.waiting[id] = nil }
            return (result, done.values.map(\.end))
        }
        for end in done { end.finish() }
        return result
    }

    /// Returns when it has been so, if only for a moment.
    ///
    /// - Throws: `CancellationError`.
    func until(_ isMet: @escaping @Sendable (Value) -> Bool) async throws {
        let (stream, end) = AsyncStream<Never>.makeStream()
        guard let id = enter(isMet, end) else { return }
        for await _ in stream {}
        state.withLock { $0.waiting[id] = nil }
        try Task.checkCancellation()
    }

    /// `nil` where there is nothing to wait for.
    private func enter(_ isMet: @escaping @Sendable (Value) -> Bool, _ end: AsyncStream<Never>.Continuation) -> UInt64?
    {
        state.withLock { state in
            if isMet(state.value) { return nil }
            state.next += 1
            state.waiting[state.next] = (isMet, end)
            return state.next
        }
    }
}
