// The one writer: takes what waits, runs it in one transaction, answers after the commit.
//
//     submit ─┐                       ┌ SAVEPOINT · closure · RELEASE ┐
//     submit ─┼─> waiting ─> batch ─> │ SAVEPOINT · closure · ROLLBACK │ ─> heads ─> COMMIT ─> observers ─> answers
//     submit ─┘                       └ …                              ┘
//
// A batch is what arrived while the one before it was reaching the disk: under load the cost of the fsync is shared, and alone nobody
// waits for company. It ends after so many closures or so much time, and before one that does many things; what is left goes into the next one.
// Each closure is asked just before its turn whether anybody still waits for it, and whose turn it is says `WriteQueue`. The loop has a thread of
// its own, which sleeps where nothing waits.

import Bus
import Dispatch
import Foundation
import Synchronization

final class GroupCommit: Sendable {
    /// What the thread works on; it holds this and not the store, so that a store that nobody holds ends.
    private struct State {
        var waiting = WriteQueue()
        var isAsleep = true
        var isStopped = false
        var idleWaiters: [CheckedContinuation<Void, Never>] = []
        var statistics = WriteStatistics()
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let engine: any StoreEngine
    private let limits: StoreLimits
    private let announce: @Sendable ([Event]) -> Void

    init(
        _ engine: any StoreEngine,
        _ limits: StoreLimits,
        announce: @escaping @Sendable ([Event]) -> Void
    ) {
        self.engine = engine
        self.limits = limits
        self.announce = announce
    }

    func start() {
        let thread = Thread { [self] in work() }
        thread.name = "store-writer"
        thread.start()
    }

    /// The thread ends once nothing waits.
    func stop() {
        state.withLock { $0.isStopped = true }
        wake.signal()
    }

    var statistics: WriteStatistics {
        state.withLock { state in
            state.statistics.queued = state.waiting.count
            return state.statistics
        }
    }

    func submit<Value: Sendable>(
        isLong: Bool = false,
        durability: Durability = .onDisk,
        _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        let job = WriteJob(context: CallContext.current, isLong: isLong, durability: durability, body: body)
        return try await job.answer { try enqueue($0) }
    }

    /// Returns when nothing waits or runs.
    func drain() async {
        await withCheckedContinuation { waiter in
            let isIdle = state.withLock { state in
                let isIdle = state.isAsleep && state.waiting.count == 0
                if !isIdle { state.idleWaiters.append(waiter) }
                return isIdle
            }
            if isIdle { waiter.resume() }
        }
    }

    private func enqueue(_ job: any QueuedWrite) throws {
        let mustWake: Bool? = state.withLock { state in
            state.statistics.requests += 1
            guard state.waiting.count < limits.maximumQueued else {
                state.statistics.failed += 1
                return nil
            }
            state.waiting.add(job)
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        guard let mustWake else {
            throw Failure(.overloaded, "\(limits.maximumQueued) writes are waiting already. Try again.", retryAfter: 1)
        }
        if mustWake { wake.signal() }
    }

    private func work() {
        while true {
            if let batch = nextBatch() {
                commit(batch)
            } else if state.withLock({ $0.isStopped }) {
                return
            } else {
                wake.wait()
            }
        }
    }

    /// What waits, in the order of its turns; `nil` where nothing does, and whoever comes next wakes the thread.
    private func nextBatch() -> [any QueuedWrite]? {
        let (batch, idleWaiters) = state.withLock { state in
            let batch = state.waiting.take(limits.maximumBatch)
            state.isAsleep = batch.isEmpty
            defer { if batch.isEmpty { state.idleWaiters = [] } }
            return (batch, batch.isEmpty ? state.idleWaiters : [])
        }
        idleWaiters.forEach { $0.resume() }
        return batch.isEmpty ? nil : batch
    }

    private func commit(_ jobs: [any QueuedWrite]) {
        var batch = WriteBatch(jobs, limits)
        var lost: (any Error)?
        do {
            let events = try engine.withWriter { writer in
                try writer.transact(batch.durability) { try batch.run(in: writer) }
            }
            // Before the answers: whoever has one may rely on the event being on its way.
            if !events.isEmpty { announce(events) }
        } catch {
            lost = StoreFailure.translate(error)
        }
        state.withLock { state in
            state.statistics.add(batch.outcome(lost))
            state.waiting.give(back: batch.waiting(lost), wasLong: batch.hadLong, short: batch.hadShort)
        }
        batch.settle(lost)
    }
}
