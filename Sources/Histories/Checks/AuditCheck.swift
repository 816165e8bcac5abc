// C12: every act that was answered has its entry, and every entry its act. That the chain of entries is whole is for the service to say
// (`kms.audit.verify`), against a head that was noted outside.

/// What was done against what is on record.
public enum AuditCheck {
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
