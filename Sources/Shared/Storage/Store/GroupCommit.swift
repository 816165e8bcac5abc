// The one writer: takes what waits, runs it in one transaction, answers after the commit.
//
//     submit ─┐                       ┌ SAVEPOINT · closure · RELEASE ┐
//     submit ─┼─> waiting ─> batch ─> │ SAVEPOINT · closure · ROLLBACK │ ─> COMMIT ─> observers ─> answers
//     submit ─┘                       └ …                              ┘
//
// A batch is what arrived while the one before it was reaching the disk: under load the cost of the fsync is shared, and alone nobody
// waits for company. The loop runs on a queue of its own and ends when nothing waits; `isRunning` says which of both it is.

import Bus
import Dispatch
import GRDB
import Synchronization

final class GroupCommit: Sendable {
    private struct State {
        var waiting: [any QueuedWrite] = []
        var isRunning = false
        var idleWaiters: [CheckedContinuation<Void, Never>] = []
        var statistics = WriteStatistics()
    }

    /// So many closures share a transaction at most: the first of them must not wait for all that a flood brings.
    private static let maximumBatch = 256

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "storage.group-commit")
    private let writer: any DatabaseWriter
    private let outbox: Outbox
    private let maximumQueued: Int

    init(writer: any DatabaseWriter, outbox: Outbox, maximumQueued: Int) {
        self.writer = writer
        self.outbox = outbox
        self.maximumQueued = maximumQueued
    }

    var statistics: WriteStatistics {
        state.withLock { state in
            state.statistics.queued = state.waiting.count
            return state.statistics
        }
    }

    func submit<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await WriteJob(context: CallContext.current, body: body).answer { try enqueue($0) }
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

    private func enqueue(_ job: any QueuedWrite) throws {
        let mustStart: Bool? = state.withLock { state in
            state.statistics.requests += 1
            guard state.waiting.count < maximumQueued else {
                state.statistics.failed += 1
                return nil
            }
            state.waiting.append(job)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard let mustStart else {
            throw Failure(.overloaded, "\(maximumQueued) writes are waiting already. Try again.", retryAfter: 1)
        }
        if mustStart { queue.async { self.work() } }
    }

    private func work() {
        while let batch = nextBatch() {
            let running = batch.filter { $0.begin() }
            count(dropped: batch.count - running.count)
            if !running.isEmpty { commit(running) }
        }
    }

    /// What waits, oldest first; `nil` ends the loop.
    private func nextBatch() -> [any QueuedWrite]? {
        let (batch, idleWaiters) = state.withLock { state in
            let batch = Array(state.waiting.prefix(Self.maximumBatch))
            state.waiting.removeFirst(batch.count)
            state.isRunning = !batch.isEmpty
            defer { if batch.isEmpty { state.idleWaiters = [] } }
            return (batch, batch.isEmpty ? state.idleWaiters : [])
        }
        idleWaiters.forEach { $0.resume() }
        return batch.isEmpty ? nil : batch
    }

    private func commit(_ jobs: [any QueuedWrite]) {
        var succeeded = 0
        var lost: (any Error)?
        do {
            let events = try writer.writeWithoutTransaction { db in
                try transact(jobs, in: db, succeeded: &succeeded)
            }
            // Before the answers: whoever has one may rely on the event being on its way.
            outbox.announce(events)
        } catch {
            lost = StoreFailure.translate(error)
            succeeded = 0
        }
        count(jobs: jobs.count, succeeded: succeeded, reachedDisk: lost == nil)
        jobs.forEach { $0.settle(lost) }
    }

    private func transact(
        _ jobs: [any QueuedWrite],
        in db: Database,
        succeeded: inout Int
    ) throws -> [Event] {
        var events: [Event] = []
        try db.inTransaction(.immediate) {
            for job in jobs {
                if job.run(in: db) { succeeded += 1 }
                // SQLite ends the whole transaction by itself on some errors (disk full, I/O): then nobody has written anything.
                guard db.isInsideTransaction else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
            }
            events = try outbox.recorded(in: db)
            return .commit
        }
        return events
    }

    private func count(dropped: Int) {
        state.withLock { $0.statistics.failed += dropped }
    }

    private func count(jobs: Int, succeeded: Int, reachedDisk: Bool) {
        state.withLock { state in
            state.statistics.commits += reachedDisk ? 1 : 0
            state.statistics.committed += succeeded
            state.statistics.failed += jobs - succeeded
        }
    }
}
