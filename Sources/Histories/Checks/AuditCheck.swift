// C12: every act that was answered has its entry, and every entry its act; and the chain of entries is whole, by the service's own word
// (`kms.audit.verify`) and by what was noted outside before.

/// What was done against what is on record.
public enum AuditCheck {
    /// A log that says of itself that it is whole may have been written anew: what was noted earlier has to be in it still.
    ///
    /// - Parameters:
    ///   - isWhole: What the service says of its chain.
    ///   - entries: The hash of each entry, by its number.
    ///   - noted: The same, of entries that were seen at some time before.
    /// - Returns: Right, or wrong with each finding; inconclusive where nothing was noted.
    public static func verdict(isWhole: Bool, entries: [Int: String], noted: [Int: String]) -> Verdict {
        guard !noted.isEmpty else { return .inconclusive(["no entry was noted before"]) }
        let changed = noted.keys.sorted().filter { entries[$0] != noted[$0] }
        let missing = zip(entries.keys.sorted(), 1...).first { $0 != $1 }.map { ["entry \($0.1) is missing"] } ?? []
        return Verdict(
            (isWhole ? [] : ["the chain is broken"]) + missing
                + changed.map { "entry \($0) is \(entries[$0] == nil ? "gone" : "not the one that was noted")" }
        )
    }

    /// - Parameters:
    ///   - acts: Calls that leave an entry when they are done; operation and subject name the entry.
    ///   - entries: "operation subject" of each entry on record.
    /// - Returns: Right, or wrong with each finding.
    public static func verdict<Answer>(acts: [Call<Answer>], entries: [String]) -> Verdict {
        var (least, most): ([String: Int], [String: Int]) = ([:], [:])
        for act in acts {
            let name = "\(act.operation) \(act.subject)"
            if act.outcome.answer != nil { least[name, default: 0] += 1 }
            if act.outcome.answer != nil || act.outcome.isUnknown { most[name, default: 0] += 1 }
        }
        let seen = entries.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let names = Set(least.keys).union(seen.keys).sorted()
        return Verdict(
            names.compactMap { name in
                let (count, low, high) = (seen[name] ?? 0, least[name] ?? 0, most[name] ?? 0)
                if count < low { return "\"\(name)\" was done \(low) times and is on record \(count) times" }
                return count > high ? "\"\(name)\" is on record \(count) times and was done \(high) at most" : nil
            }
        )
    }
}
