// A few threads of our own for reads that may take long: started when they are first needed, asleep between two reads.

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
        }

        let state = Mutex(State())
        let wake = DispatchSemaphore(value: 0)

        func work() {
            while true {
                wake.wait()
                let job: Job? = state.withLock { state in
                    guard state.first < state.waiting.count else { return nil }
                    let job = state.waiting[state.first]
                    state.first += 1
                    if state.first == state.waiting.count { (state.waiting, state.first) = ([], 0) }
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

    init(_ limit: Int) { self.limit = limit }

    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { waiter in
            submit { waiter.resume(with: Result { try body() }) }
        }
    }

    /// The threads end once nothing waits.
    func stop() {
        let count = shared.state.withLock { state in
            state.isStopped = true
            return state.threads
        }
        for _ in 0..<count { shared.wake.signal() }
    }

    private func submit(_ job: @escaping Job) {
        let mustStart = shared.state.withLock { state in
            state.waiting.append(job)
            guard state.idle < state.waiting.count - state.first, state.threads < limit else { return false }
            state.threads += 1
            state.idle += 1
            return true
        }
        if mustStart { start() }
        shared.wake.signal()
    }

    private func start() {
        let thread = Thread { [shared] in shared.work() }
        thread.name = "store-reader"
        thread.start()
    }
}
