// What is said of a call that was handed on and not answered. Every answer is one of three: done, certainly not done, unknown; this is
// where the third is told from the second.
//
//   doing it twice is doing it once       the plain code (`unavailable`, `deadline_exceeded`), and when to try again
//   it carries an idempotency key         `outcome_unknown`, and when to try again: with the same key it is done at most once
//   anything else                         `outcome_unknown`, and to look first

package struct Unanswered: Sendable {
    package let operation: String
    package let isIdempotent: Bool
    package let hasKey: Bool

    package init(_ operation: String, isIdempotent: Bool, hasKey: Bool) {
        self.operation = operation
        self.isIdempotent = isIdempotent
        self.hasKey = hasKey
    }

    /// What its caller hears. `code` is for where it does not matter whether it was done; `reason` says in a sentence why there is no answer.
    package func failure(_ code: ErrorCode, _ reason: String) -> Failure {
        if isIdempotent { return Failure(code, reason, retryAfter: 1) }
        let unknown = "\(reason) \(operation) may have been done or not."
        guard hasKey else {
            let remedy =
                "Read what it changes before you send it again; with an Idempotency-Key, sending it again is safe."
            return Failure(.outcomeUnknown, "\(unknown) \(remedy)")
        }
        return Failure(.outcomeUnknown, "\(unknown) Send it again with the same Idempotency-Key.", retryAfter: 1)
    }
}
