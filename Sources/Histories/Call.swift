// One line of a history: who asked what, when it was sent, when it ended, and what came of it.

/// One call. Times are nanoseconds on the one clock of its recorder, so that those of two clients can be compared.
public struct Call<Answer: Sendable>: Sendable {
    /// What was asked, for people.
    public let operation: String
    /// What it was about: a key, a name, a secret's label. Checks group by it.
    public let subject: String
    /// Before the first byte was sent.
    public let invoked: UInt64
    /// After the answer was had; `UInt64.max` where it is not known whether the call still works on.
    public let returned: UInt64
    /// As its caller knows it.
    public let outcome: Outcome<Answer>

    /// A call that ended without an answer may take effect at any time: its end is `UInt64.max`, whatever is given.
    public init(
        _ operation: String,
        of subject: String,
        invoked: UInt64,
        returned: UInt64,
        _ outcome: Outcome<Answer>
    ) {
        (self.operation, self.subject, self.invoked, self.outcome) = (operation, subject, invoked, outcome)
        self.returned = outcome.isUnknown ? .max : returned
    }
}

extension Call: CustomStringConvertible {
    /// One line, times in milliseconds.
    public var description: String {
        let end = returned == .max ? "?" : "\(returned / 1_000_000)"
        return "\(operation) \(subject) [\(invoked / 1_000_000), \(end)] \(outcome)"
    }
}
