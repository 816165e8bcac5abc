// C1: numbers that are given out without gaps come from one counter. Exact both ways, in O(n log n): no search is needed, since a number tells
// where its call stands.

/// Creates that are each answered the next number, without deletes between.
public enum CounterCheck {
    /// Two rules. Who was answered a larger number cannot have ended before who was answered a smaller one began. And each number that
    /// nobody was answered, below the largest, was given to a call of unknown outcome that had begun before a larger one was had.
    ///
    /// "Each once, and 1…n" alone condemns runs with unknown outcomes, and lets calls pass that were numbered against time.
    ///
    /// - Parameters:
    ///   - calls: Of one counter.
    ///   - first: What the first call of all is answered.
    /// - Returns: Right, or wrong with each finding; inconclusive where there was nothing to judge.
    public static func verdict(_ calls: [Call<UInt64>], first: UInt64 = 1) -> Verdict {
        let answered = calls.compactMap { call in call.outcome.answer.map { (number: $0, call: call) } }
            .sorted { $0.number < $1.number }
        let doubled = zip(answered, answered.dropFirst()).filter { $0.number == $1.number }
        let low = answered.prefix { $0.number < first }
        let findings =
            low.map { "\($0.call) is below \(first)" }
            + doubled.map { "\($0.call) and \($1.call) have one number" }
        guard findings.isEmpty else { return .wrong(findings) }
        let holes = unfilled(answered, calls.filter(\.outcome.isUnknown), first)
        return Verdict(againstTime(answered) + holes, judged: answered.count, "answered call")
    }

    private static func againstTime(_ answered: [(number: UInt64, call: Call<UInt64>)]) -> [String] {
        var (latest, findings): (Call<UInt64>?, [String]) = (nil, [])
        for (_, call) in answered {
            if let latest, call.returned < latest.invoked {
                findings.append("\(call) ended before \(latest) began, which has a smaller number")
            }
            if call.invoked >= latest?.invoked ?? 0 { latest = call }
        }
        return findings
    }

    /// The k-th hole goes to the k-th unknown call, both by time: if that does not fit, nothing does.
    private static func unfilled(
        _ answered: [(number: UInt64, call: Call<UInt64>)],
        _ unknown: [Call<UInt64>],
        _ first: UInt64
    ) -> [String] {
        var waiting = unknown.sorted { $0.invoked < $1.invoked }[...]
        let ends = earliestEnds(answered)
        var next = first
        for (index, (number, _)) in answered.enumerated() {
            while next < number {
                guard let call = waiting.popFirst(), call.invoked <= ends[index] else {
                    return ["nobody can have been given \(next): a larger number was had before"]
                }
                next += 1
            }
            // Behind the largest of all there is none to be missing.
            next = number &+ 1
        }
        return []
    }

    /// For each, the earliest end of it and of all with larger numbers.
    private static func earliestEnds(_ answered: [(number: UInt64, call: Call<UInt64>)]) -> [UInt64] {
        var ends = answered.map(\.call.returned)
        for index in ends.indices.dropLast().reversed() { ends[index] = min(ends[index], ends[index + 1]) }
        return ends
    }
}
