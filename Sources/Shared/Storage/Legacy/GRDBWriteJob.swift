// One write on its way through the queue.
//
//     new ──wait──> waiting ──begin──> running ──settle──> over
//                      └─────cancel, deadline─────────────> over (never ran)
//
// The continuation lives in the state in which it may be resumed, so it is resumed once.

import Bus
import GRDB
import Synchronization

/// A write without the type of its value.
protocol GRDBQueuedWrite: AnyObject, Sendable {
    /// Marks it as running; false where nobody waits for it any more.
    func begin() -> Bool
    /// Runs the closure in a savepoint of its own and keeps the outcome. True where its changes stand.
    func run(in db: Database) -> Bool
    /// Answers one that has not begun.
    func refuse(_ failure: any Error)
    /// Answers: with the outcome, or with `failure` where the transaction was lost after the closure succeeded.
    func settle(_ failure: (any Error)?)
}

final class GRDBWriteJob<Value: Sendable>: GRDBQueuedWrite {
    private typealias Waiter = CheckedContinuation<Value, any Error>

    private enum State {
        case new, waiting(Waiter), running(Waiter, Result<Value, any Error>?), over
    }

    private let state = Mutex(State.new)
    private let context: CallContext?
    private let body: @Sendable (Database) throws -> Value

    init(context: CallContext?, body: @escaping @Sendable (Database) throws -> Value) {
        self.context = context
        self.body = body
    }

    /// Waits for the answer; `enqueue` is called once the job can be answered.
    func answer(enqueue: (GRDBWriteJob<Value>) throws -> Void) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                state.withLock { $0 = .waiting(waiter) }
                do {
                    try Task.checkCancellation()
                    try enqueue(self)
                } catch {
                    giveUp(StoreFailure.translate(error))
                }
            }
        } onCancel: {
            let isLate = context?.deadline.hasPassed == true
            giveUp(
                isLate
                    ? Failure(.deadlineExceeded, "The deadline passed before the write began. Nothing was changed.")
                    : Failure(.cancelled, "The caller gave up before the write began.")
            )
        }
    }

    func begin() -> Bool {
        guard let context else { return start() }
        guard !context.deadline.hasPassed, context.effect?.begin() != false else {
            giveUp(Failure(.deadlineExceeded, "The deadline passed before the write began. Nothing was changed."))
            return false
        }
        return start()
    }

    private func start() -> Bool {
        state.withLock { state in
            guard case .waiting(let waiter) = state else { return false }
            state = .running(waiter, nil)
            return true
        }
    }

    func refuse(_ failure: any Error) { giveUp(failure) }

    func run(in db: Database) -> Bool {
        let outcome = Result { try attempt(in: db) }
        state.withLock { state in
            guard case .running(let waiter, nil) = state else { return }
            state = .running(waiter, outcome)
        }
        guard case .success = outcome else { return false }
        return true
    }

    func settle(_ failure: (any Error)?) {
        let unsettled = state.withLock { state in
            defer { state = .over }
            return state
        }
        guard case .running(let waiter, let outcome) = unsettled else { return }
        switch (outcome, failure) {
        case (.failure(let own), _): waiter.resume(throwing: StoreFailure.translate(own))
        case (_, let lost?): waiter.resume(throwing: lost)
        case (.success(let value), nil): waiter.resume(returning: value)
        case (nil, nil): waiter.resume(throwing: Failure(.internalError, "The write was settled before it ran."))
        }
    }

    /// The savepoint is what keeps one failing closure from its neighbours.
    private func attempt(in db: Database) throws -> Value {
        var value: Value?
        try CallContext.$current.withValue(context) {
            try db.inSavepoint {
                value = try body(db)
                return .commit
            }
        }
        guard let value else { throw Failure(.internalError, "The write ended without a value.") }
        return value
    }

    /// Answers a job that has not begun; one that runs is answered by its transaction.
    private func giveUp(_ error: any Error) {
        let waiter: Waiter? = state.withLock { state in
            guard case .waiting(let waiter) = state else { return nil }
            state = .over
            return waiter
        }
        waiter?.resume(throwing: error)
    }
}
