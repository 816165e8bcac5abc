// C5 and C10: what can be sent again under one key has one effect, and what is good for once is taken once.

/// Idempotency-Keys, one-time codes, refresh tokens.
public enum RepeatCheck {
    /// One effect a key: all who were answered were answered the same, and the effect is there once; not at all where all were refused.
    ///
    /// - Parameters:
    ///   - calls: The subject is the key.
    ///   - effects: By key, how many effects are there.
    /// - Returns: Right, or wrong with each finding; inconclusive where there was nothing to judge.
    public static func verdict<Answer: Hashable>(_ calls: [Call<Answer>], effects: [String: Int]) -> Verdict {
        let keys = Dictionary(grouping: calls, by: \.subject)
        let known = keys.sorted { $0.key < $1.key }.flatMap { key, calls in
            findings(key, calls, effects[key, default: 0])
        }
        let strange = effects.keys.filter { keys[$0] == nil }.sorted().map { "an effect of \($0), which nobody sent" }
        return Verdict(known + strange, judged: calls.count, "call with a key")
    }

    private static func findings<Answer: Hashable>(_ key: String, _ calls: [Call<Answer>], _ effects: Int) -> [String] {
        let answers = Set(calls.compactMap(\.outcome.answer))
        var findings: [String] = []
        if answers.count > 1 { findings.append("\(key) was answered in \(answers.count) ways") }
        if effects > 1 { findings.append("\(key) has \(effects) effects") }
        if !answers.isEmpty, effects == 0 { findings.append("\(key) was answered and has no effect") }
        if answers.isEmpty, effects > 0, !calls.contains(where: \.outcome.isUnknown) {
            findings.append("\(key) was refused and has an effect")
        }
        return findings
    }

    /// A key belongs to the request that was answered under it first: no other one is answered after that.
    ///
    /// - Parameters:
    ///   - others: Requests that are not the key's own; the subject is the key.
    ///   - calls: The key's own.
    /// - Returns: Right, or wrong with each finding; inconclusive where there was nothing to judge.
    public static func verdict<Answer>(others: [Call<Answer>], than calls: [Call<Answer>]) -> Verdict {
        let own = Dictionary(grouping: calls.filter { $0.outcome.answer != nil }, by: \.subject)
        let taken = others.filter { other in
            other.outcome.answer != nil && own[other.subject, default: []].contains { $0.returned < other.invoked }
        }
        return Verdict(
            taken.map { "\($0.subject) was answered, and then another request under it" },
            judged: others.count,
            "other request under a key"
        )
    }

    /// Each secret is taken once at most.
    ///
    /// - Parameter calls: The subject is the secret's label, not the secret.
    /// - Returns: Right, or wrong with each finding; inconclusive where there was nothing to judge.
    public static func verdict<Answer>(once calls: [Call<Answer>]) -> Verdict {
        let taken = calls.filter { $0.outcome.answer != nil }
        let twice = PresenceCheck.twice(taken.map(\.subject)).map { "\($0) was taken more than once" }
        return Verdict(twice, judged: taken.count, "secret that was taken")
    }
}
