// C12: every act that was answered has its entry, and every entry its act; and the chain of entries is whole: by the service's own word
// (`kms.audit.verify`), by what was noted outside before, and computed anew by somebody who does not keep it.

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

    /// An entry of a log in which each hash is over the hash before and what the entry says.
    public struct Link: Sendable, Equatable {
        /// As it stands in the log.
        public var hash: String
        /// What the entry says, in the order in which it is hashed.
        public var content: [String]

        /// An entry as it was read.
        public init(hash: String, content: [String]) { (self.hash, self.content) = (hash, content) }
    }

    /// Whoever keeps the log may say of it what he likes: here each hash is computed anew from what was read. An entry that is missing breaks the
    /// link of the one after it.
    ///
    /// - Parameters:
    ///   - chain: The entries by their numbers, from 1 on.
    ///   - origin: What stands for the hash before the first.
    ///   - hash: The hash of an entry after another, by the rule of that log.
    /// - Returns: Right, or wrong with each entry whose hash is not that of what it says; inconclusive where there is none.
    public static func verdict(
        chain: [Int: Link],
        from origin: String,
        hash: (_ previous: String, _ content: [String]) -> String
    ) -> Verdict {
        guard !chain.isEmpty else { return .inconclusive(["there is no entry"]) }
        let broken = chain.sorted { $0.key < $1.key }.filter { number, link in
            let previous = number == 1 ? origin : chain[number - 1]?.hash
            return previous.map { hash($0, link.content) != link.hash } ?? true
        }
        return Verdict(broken.map { "entry \($0.key) has another hash than what it says after the one before" })
    }

    /// - Parameters:
    ///   - acts: Calls that leave an entry when they are done; operation and subject name the entry.
    ///   - entries: "operation subject" of each entry on record.
    /// - Returns: Right, or wrong with each finding; inconclusive where there was nothing to judge.
    public static func verdict<Answer>(acts: [Call<Answer>], entries: [String]) -> Verdict {
        var (least, most): ([String: Int], [String: Int]) = ([:], [:])
        for act in acts {
            let name = "\(act.operation) \(act.subject)"
            if act.outcome.answer != nil { least[name, default: 0] += 1 }
            if act.outcome.answer != nil || act.outcome.isUnknown { most[name, default: 0] += 1 }
        }
        let seen = entries.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let names = Set(least.keys).union(seen.keys).sorted()
        let findings: [String] = names.compactMap { name in
            let (count, low, high) = (seen[name] ?? 0, least[name] ?? 0, most[name] ?? 0)
            if count < low { return "\"\(name)\" was done \(low) times and is on record \(count) times" }
            return count > high ? "\"\(name)\" is on record \(count) times and was done \(high) at most" : nil
        }
        return Verdict(findings, judged: names.count, "act")
    }
}
