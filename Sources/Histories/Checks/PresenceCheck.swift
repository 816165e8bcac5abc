// C4 and C13: what was acknowledged is there, what was refused is not, and nothing came from nowhere. Sets by id, never counts: one lost and one
// doubled would cancel.

/// What was written against what is there.
public enum PresenceCheck {
    /// - Parameters:
    ///   - calls: Writes; the subject is the id of what each writes, and is written once.
    ///   - found: All that is there, each as often as it was seen.
    /// - Returns: Right, or wrong with each finding; inconclusive where no write was acknowledged and nothing is there.
    public static func verdict<Answer>(_ calls: [Call<Answer>], found: [String]) -> Verdict {
        var (ok, open): (Set<String>, Set<String>) = ([], [])
        for call in calls {
            switch call.outcome {
            case .ok: ok.insert(call.subject)
            case .unknown: open.insert(call.subject)
            case .refused: continue
            }
        }
        let there = Set(found)
        let lost = ok.subtracting(there).sorted().map { "\($0) was acknowledged and is not there" }
        let phantoms = there.subtracting(ok).subtracting(open).sorted().map { "\($0) is there and nobody wrote it" }
        let doubled = twice(found).map { "\($0) is there more than once" }
        return Verdict(lost + phantoms + doubled, judged: ok.count + found.count, "acknowledged write")
    }

    /// Numbers at rest are 1…n, each once; inconclusive where there is none.
    public static func verdict(numbers: [UInt64]) -> Verdict {
        let wrong = zip(numbers.sorted(), 1...).first { $0 != $1 }
        return Verdict(wrong.map { ["where \($0.1) should stand is \($0.0)"] } ?? [], judged: numbers.count, "number")
    }

    static func twice(_ names: [String]) -> [String] {
        Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
    }
}
