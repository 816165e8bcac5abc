// Whether anybody still waits for a read when its turn comes.
//
// A call that has begun to change something is answered with its outcome, however late (ADR 0026); it may read to say what that is. So such a
// read is done whatever its deadline says, and is not refused either: "overloaded" would be taken for "nothing was changed".

import Bus
import Synchronization

final class ReadTurn: Sendable {
    private let context: CallContext?
    private let isGivenUp = Atomic(false)

    init(_ context: CallContext?) { self.context = context }

    /// Whether it has to be done.
    var isOwed: Bool { context?.effect?.hasBegun == true }

    func giveUp() { isGivenUp.store(true, ordering: .releasing) }

    /// - Throws: `Failure` with `deadline_exceeded` or `cancelled` where nobody waits. What is no call's is done.
    func begin() throws {
        guard let context, !isOwed else { return }
        guard !context.deadline.hasPassed else {
            throw Failure(.deadlineExceeded, "The deadline passed before the read began.")
        }
        guard !isGivenUp.load(ordering: .acquiring) else {
            throw Failure(.cancelled, "The caller gave up before the read began.")
        }
    }
}
