// What a sick disk looks like to a caller: a coded 503, never a half-written state and never the engine's own words.
//
// A broken constraint is not sickness but our bug or the caller's conflict; it passes through for the service to name.

import Bus

package enum StoreFailure {
    /// The error as callers should see it.
    package static func translate(_ error: any Error) -> any Error {
        if error is CancellationError { return Failure(.cancelled, "The caller gave up before the store answered.") }
        guard let error = error as? StoreError, let reason = reason(error.kind) else { return error }
        guard !error.leavesOutcomeOpen else {
            return Failure(
                .outcomeUnknown,
                "The store failed in the midst of a commit: it may have been done or not. Read before you repeat it."
            )
        }
        return Failure(.unavailable, "The store cannot be used: \(reason). Nothing was changed.", retryAfter: 1)
    }

    private static func reason(_ kind: StoreError.Kind) -> String? {
        switch kind {
        case .full: "the disk is full"
        case .locked: "another process holds its lock"
        case .readOnly: "it is read-only"
        case .failed: "the disk failed"
        case .cannotOpen: "its file cannot be opened"
        case .damaged: "its file is damaged"
        case .brokenOff: "the transaction was broken off"
        case .unreachable: "its server does not answer"
        case .closed: "it is closed"
        case .constraint, .other: nil
        }
    }
}
