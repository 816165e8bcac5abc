// What came of a call, as far as its caller can know. Everything in a check turns on the third.

/// What came of a call. An error that a driver does not know is no refusal: let it end the run instead.
public enum Outcome<Answer: Sendable>: Sendable {
    /// Done, with what was answered.
    case ok(Answer)
    /// Certainly without an effect; the text is the code that was answered.
    case refused(String)
    /// Done or not done: no answer came, or one that says so. The text says which.
    case unknown(String)

    /// The answer of a call that was done.
    public var answer: Answer? {
        guard case .ok(let answer) = self else { return nil }
        return answer
    }

    /// True where nobody can say whether it was done.
    public var isUnknown: Bool {
        guard case .unknown = self else { return false }
        return true
    }
}

extension Outcome: Equatable where Answer: Equatable {}
