// The one writer: takes what waits, runs it in one transaction, answers after the commit.
//
//     submit ─┐                       ┌ SAVEPOINT · closure · RELEASE ┐
//     submit ─┼─> waiting ─> batch ─> │ SAVEPOINT · closure · ROLLBACK │ ─> COMMIT ─> observers ─> answers
//     submit ─┘                       └ …                              ┘
//
// A batch is what arrived while the one before it was reaching the disk: under load the cost of the fsync is shared, and alone nobody
// waits for company. It ends after so many closures or so much time; what is left goes into the next one. Each closure is asked just before
// its turn whether anybody still waits for it. The loop runs on a queue of its own and ends when nothing waits; `isRunning` says which of both it is.

import Bus
import Dispatch
import GRDB
import Synchronization

final class GRDBGroupCommit: Sendable {
    private struct State {
        var waiting: [any GRDBQueuedWrite] = []
        var isRunning = false
        var idleWaiters: [CheckedContinuation<Void, Never>] = []
        var statistics = WriteStatistics()
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "storage.group-commit")
    private let writer: any DatabaseWriter
    private let limits: StoreLimits

    init(writer: any DatabaseWriter, _ limits: StoreLimits) {
        self.writer = writer
        self.limits = limits
    }

    var statistics: WriteStatistics {
        state.withLock { state in
            state.statistics.queued = state.waiting.count
            return state.statistics
        }
    }

    func submit<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await GRDBWriteJob(context: CallContext.current, body: body).answer { try enqueue($0) }
    }

    /// Returns when nothing waits or runs.
    func drain() async {
        await withCheckedContinuation { waiter in
            let isIdle = state.withLock { state in
                if state.isRunning { state.idleWaiters.append(waiter) }
                return !state.isRunning
            }
            if isIdle { waiter.resume() }
        }
    }

    private func enqueue(_ job: any GRDBQueuedWrite) throws {
        let mustStart: Bool? = state.withLock { state in
            state.statistics.requests += 1
            guard state.waiting.count < limits.maximumQueued else {
                state.statistics.failed += 1
                return nil
            }
            state.waiting.append(job)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard let mustStart else {
            throw Failure(.overloaded, "\(limits.maximumQueued) writes are waiting already. Try again.", retryAfter: 1)
        }
        if mustStart { queue.async { self.work() } }
    }

    private func work() {
        while let batch = nextBatch() { commit(batch) }
    }

    /// What waits, oldest first; `nil` ends the loop.
    private func nextBatch() -> [any GRDBQueuedWrite]? {
        let (batch, idleWaiters) = state.withLock { state in
            let batch = Array(state.waiting.prefix(limits.maximumBatch))
            state.waiting.removeFirst(batch.count)
            state.isRunning = !batch.isEmpty
            defer { if batch.isEmpty { state.idleWaiters = [] } }
            return (batch, batch.isEmpty ? state.idleWaiters : [])
        }
        idleWaiters.forEach { $0.resume() }
        return batch.isEmpty ? nil : batch
    }

    private func commit(_ jobs: [any GRDBQueuedWrite]) {
        var batch = GRDBWriteBatch(jobs, limits)
        var lost: (any Error)?
        do {
            try writer.writeWithoutTransaction { db in try transact(&batch, in: db) }
        } catch {
            lost = StoreFailure.translate(error)
        }
        let outcome = batch.settle(lost)
        state.withLock { state in
            state.statistics.add(outcome)
            state.waiting.insert(contentsOf: batch.waiting, at: 0)
        }
    }

    private func transact(_ batch: inout GRDBWriteBatch, in db: Database) throws {
        try db.inTransaction(.immediate) {
            try batch.run(in: db)
            return .commit
        }
    }
}
