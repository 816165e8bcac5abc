// A set number of threads of our own for work that blocks or burns CPU, with a bounded queue in front.
//
//     run ──full?──> .overloaded                    admitted: queue + running ≤ threads + maximumWaiting
//      └──> queue ──cancelled while waiting──> .cancelled
//             └──> thread 1…n ──> result            once started, work runs to its end
//
// Neither the caller's executor nor Swift's cooperative pool ever waits here. Threads end when the pool is released.
import Dispatch
import Foundation
import Synchronization

package enum BlockingPoolError: Error, Equatable {
    /// Every thread is busy and the queue is full; nothing was started.
    case overloaded
    /// The calling task was cancelled before the work started.
    case cancelled
}

package final class BlockingPool: Sendable {
    private let core: Core

    /// Starts `threads` threads; at most `maximumWaiting` more pieces of work wait for one of them.
    package init(name: String, threads: Int, maximumWaiting: Int) {
        precondition(threads >= 1 && maximumWaiting >= 0, "size of a pool")
        core = Core(capacity: threads + maximumWaiting, threads: threads)
        for number in 1...threads {
            let thread = Thread { [core] in core.work() }
            thread.name = "\(name)-\(number)"
            thread.start()
        }
    }

    deinit {
        core.stop()
    }

    /// How much work is running and how much waits.
    package var load: (running: Int, waiting: Int) {
        core.state.withLock { ($0.running, $0.queue.count) }
    }

    /// The result of `work`, run on one of the threads.
    package func run<Value: Sendable>(
        _ work: @escaping @Sendable () -> Value
    ) async throws(BlockingPoolError) -> Value {
        let id = core.state.withLock { $0.nextID() }
        let result: Result<Value, BlockingPoolError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let job = Job(
                    id: id,
                    run: {
                        let value = work()
                        return { continuation.resume(returning: .success(value)) }
                    },
                    refuse: { continuation.resume(returning: .failure($0)) }
                )
                core.submit(job)
                // The handler may have run before the job was queued: then it found nothing to cancel.
                if Task.isCancelled { core.cancel(id) }
            }
        } onCancel: {
            core.cancel(id)
        }
        return try result.get()
    }
}

extension BlockingPool {
    private struct Job: Sendable {
        let id: UInt64
        /// Does the work; the returned closure hands the result over.
        let run: @Sendable () -> @Sendable () -> Void
        let refuse: @Sendable (BlockingPoolError) -> Void
    }

    private struct State {
        var queue: [Job] = []
        var running = 0
        var stopping = false
        private var lastID: UInt64 = 0

        mutating func nextID() -> UInt64 {
            lastID += 1
            return lastID
        }
    }

    /// What the threads hold: it outlives the pool until the last of them has left.
    private final class Core: Sendable {
        let state = Mutex(State())
        /// Signalled once per queued job; a cancelled job leaves a signal over, which wakes a thread for nothing.
        private let available = DispatchSemaphore(value: 0)
        private let capacity: Int
        private let threads: Int

        init(capacity: Int, threads: Int) {
            self.capacity = capacity
            self.threads = threads
        }

        func submit(_ job: Job) {
            let admitted = state.withLock { state in
                guard state.queue.count + state.running < capacity else { return false }
                state.queue.append(job)
                return true
            }
            if admitted { available.signal() } else { job.refuse(.overloaded) }
        }

        func cancel(_ id: UInt64) {
            let waiting = state.withLock { state in
                state.queue.firstIndex { $0.id == id }.map { state.queue.remove(at: $0) }
            }
            waiting?.refuse(.cancelled)
        }

        func stop() {
            state.withLock { $0.stopping = true }
            for _ in 0..<threads { available.signal() }
        }

        /// The body of every thread.
        func work() {
            while true {
                available.wait()
                if let job = takeJob() {
                    let deliver = job.run()
                    // Counted out first: whoever gets the result may ask for the next work at once.
                    state.withLock { $0.running -= 1 }
                    deliver()
                } else if state.withLock({ $0.stopping }) {
                    return
                }
            }
        }

        private func takeJob() -> Job? {
            state.withLock { state in
                guard !state.queue.isEmpty else { return nil }
                state.running += 1
                return state.queue.removeFirst()
            }
        }
    }
}
