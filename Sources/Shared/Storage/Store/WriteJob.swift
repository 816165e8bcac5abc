// One write on its way through the queue.
//
//     new ──wait──> waiting ──begin──> running ──settle──> over
//                      └─────cancel, deadline─────────────> over (never ran)
//
// The continuation lives in the state in which it may be resumed, so it is resumed once.

import Bus
import Synchronization

final class WriteJob<Value: Sendable>: QueuedWrite {
    private typealias Waiter = CheckedContinuation<Value, any Error>

    private enum State {
        case new, waiting(Waiter), running(Waiter, Result<Value, any Error>?), over
    }

    private let state = Mutex(State.new)
    let isLong: Bool
    let durability: Durability
    private let context: CallContext?
    private let body: @Sendable (any Transaction) throws -> Value

    init(
        context: CallContext?,
        isLong: Bool = false,
        durability: Durability = .onDisk,
        body: @escaping @Sendable (any Transaction) throws -> Value
    ) {
        self.isLong = isLong
        self.durability = durability
        self.context = context
        self.body = body
    }

    /// Waits for the answer; `enqueue` is called once the job can be answered.
    func answer(enqueue: (WriteJob<Value>) throws -> Void) async throws -> Value {
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
            giveUp(context?.deadline.hasPassed == true ? Self.late : Self.cancelled)
        }
    }

    func begin() -> Bool {
        guard let context else { return start() }
        guard !context.deadline.hasPassed, context.effect?.begin() != false else {
            giveUp(Self.late)
            return false
        }
        return start()
    }

    /// A task is cancelled by its deadline, too.
    private static var late: Failure {
        Failure(.deadlineExceeded, "The deadline passed before the write began. Nothing was changed.")
    }
    private static var cancelled: Failure { Failure(.cancelled, "The caller gave up before the write began.") }

    private func start() -> Bool {
        state.withLock { state in
            guard case .waiting(let waiter) = state else { return false }
            state = .running(waiter, nil)
            return true
        }
    }

    func refuse(_ failure: any Error) { giveUp(failure) }

    func run(in writer: any WriterConnection) -> Bool {
        let outcome = Result { try attempt(in: writer) }
        state.withLock { state in
            guard case .running(let waiter, _) = state else { return }
            state = .running(waiter, outcome)
        }
        guard case .success = outcome else { return false }
        return true
    }

    func settle(_ failure: (any Error)?, disk: Duration) {
        context?.effect?.noteDisk(disk)
        let unsettled = state.withLock { state in
            defer { state = .over }
            return state
        }
        guard case .running(let waiter, let outcome) = unsettled else { return }
        switch (outcome, failure) {
        case (.failure(let own), let lost?): waiter.resume(throwing: Self.told(own, lost))
        case (.failure(let own), nil): waiter.resume(throwing: StoreFailure.translate(own))
        case (_, let lost?): waiter.resume(throwing: lost)
        case (.success(let value), nil): waiter.resume(returning: value)
        case (nil, nil): waiter.resume(throwing: Failure(.internalError, "The write was settled before it ran."))
        }
    }

    /// What a job hears that has failed in a transaction that is lost. It may have been refused for what a neighbour wrote, which is lost as well:
    /// its own failure is no answer then. How it found the store says more than that the transaction is lost, unless an earlier run may have
    /// been done.
    private static func told(_ own: any Error, _ lost: any Error) -> any Error {
        guard own is StoreError, (lost as? Failure)?.code != .outcomeUnknown else { return lost }
        return StoreFailure.translate(own) as? Failure ?? lost
    }

    private func attempt(in writer: any WriterConnection) throws -> Value {
        try writer.attempt {
            // Setting a task's value costs more than a small statement.
            guard let context else { return try body(writer) }
            return try CallContext.$current.withValue(context) { try body(writer) }
        }
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
