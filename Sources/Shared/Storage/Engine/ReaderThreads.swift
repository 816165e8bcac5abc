// A few threads of our own for reads that may take long: started when they are first needed, asleep between two reads. Beyond so many that wait
// one more is refused, and what nobody waits for any more when its turn comes is not done (`ReadTurn`).

import Bus
import Dispatch
import Foundation
import Synchronization

final class ReaderThreads: Sendable {
    private typealias Job = @Sendable () -> Void

    /// What the threads hold, so that nobody has to end them before letting go of this.
    private final class Shared: Sendable {
        struct State {
            var waiting: [Job] = []
            var first = 0
            var threads = 0
            var idle = 0
            var isStopped = false

            var queued: Int { waiting.count - first }

            /// The oldest; what has been taken is let go of before it is half of what is kept.
            mutating func next() -> Job? {
                guard queued > 0 else { return nil }
                defer { if first * 2 >= waiting.count { forgetTaken() } }
                first += 1
                return waiting[first - 1]
            }

            private mutating func forgetTaken() {
                waiting.removeFirst(first)
                first = 0
            }
        }

        let state = Mutex(State())
        let wake = DispatchSemaphore(value: 0)

        func work() {
            while true {
                wake.wait()
                let job: Job? = state.withLock { state in
                    guard let job = state.next() else { return nil }
                    state.idle -= 1
                    return job
                }
                guard let job else { return }
                job()
                state.withLock { $0.idle += 1 }
            }
        }
    }

    private let shared = Shared()
    private let limit: Int
    private let maximumQueued: Int

    init(_ limit: Int, maximumQueued: Int) { (self.limit, self.maximumQueued) = (limit, maximumQueued) }

    /// Reads that have no thread yet.
    var queued: Int { shared.state.withLock { $0.queued } }

    /// - Throws: What `body` throws; `Failure` with `overloaded`, and with what `turn` says where nobody waits any more.
    func run<Value: Sendable>(_ turn: ReadTurn, _ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                let isTaken = submit(isOwed: turn.isOwed) {
                    waiter.resume(with: Result { try Self.take(turn, body) })
                }
                if !isTaken { waiter.resume(throwing: overload) }
            }
        } onCancel: {
            turn.giveUp()
        }
    }

    private static func take<Value>(_ turn: ReadTurn, _ body: () throws -> Value) throws -> Value {
        try turn.begin()
        return try body()
    }

    private var overload: Failure {
        Failure(.overloaded, "\(maximumQueued) reads are waiting already. Try again.", retryAfter: 1)
    }

    /// The threads end once nothing waits.
    func stop() {
        let count = shared.state.withLock { state in
            state.isStopped = true
            return state.threads
        }
        for _ in 0..<count { shared.wake.signal() }
    }

    /// False where too many wait.
    private func submit(isOwed: Bool, _ job: @escaping Job) -> Bool {
        let mustStart: Bool? = shared.state.withLock { state in
            guard isOwed || state.queued < maximumQueued else { return nil }
            state.waiting.append(job)
            guard state.idle < state.queued, state.threads < limit else { return false }
            state.threads += 1
            state.idle += 1
            return true
        }
        guard let mustStart else { return false }
        if mustStart { start() }
        shared.wake.signal()
        return true
    }

    private func start() {
        let thread = Thread { [shared] in shared.work() }
        thread.name = "store-reader"
        thread.start()
    }
}
