// C2: whoever reads sees one state whole, and never an older one than somebody had seen before he asked. Exact where revisions are honest,
// in O(n log n); the content is held against the log, so that they have to be.

/// Reads and writes of one thing whose revision is in every answer.
public enum RevisionCheck {
    /// What a call had to do with the thing.
    public struct Seen: Sendable, Equatable {
        /// After the write, or as it was read; 0 is the beginning.
        public let revision: UInt64
        /// A digest of all that was seen, or of all that stands after the write; `nil` where the answer does not show it.
        public let content: String?
        /// True where the call made this revision.
        public let isWrite: Bool

        /// See the names.
        public init(revision: UInt64, content: String?, isWrite: Bool) {
            (self.revision, self.content, self.isWrite) = (revision, content, isWrite)
        }
    }

    /// - Parameters:
    ///   - calls: Of one thing. A write without an answer takes part only where `found` has it.
    ///   - found: Writes whose outcome was unknown, by subject, with the revision at which the log shows them.
    ///   - log: The content after each revision. Where it is given it is whole: a read of another revision saw what nobody made.
    /// - Returns: Right, or wrong with each finding; inconclusive where there was nothing to judge.
    public static func verdict(
        _ calls: [Call<Seen>],
        found: [String: UInt64] = [:],
        log: [UInt64: String] = [:]
    ) -> Verdict {
        let entries = calls.compactMap { Entry($0, found) }
            .sorted { ($0.revision, $0.isWrite ? 0 : 1) < ($1.revision, $1.isWrite ? 0 : 1) }
        let findings = doubled(entries) + againstTime(entries) + mixed(calls, log)
        return Verdict(findings, judged: entries.count, "read or write")
    }

    private struct Entry {
        let revision: UInt64
        let isWrite: Bool
        let call: Call<Seen>

        init?(_ call: Call<Seen>, _ found: [String: UInt64]) {
            self.call = call
            switch call.outcome {
            case .ok(let seen): (revision, isWrite) = (seen.revision, seen.isWrite)
            case .refused: return nil
            case .unknown:
                guard let revision = found[call.subject] else { return nil }
                (self.revision, isWrite) = (revision, true)
            }
        }
    }

    private static func doubled(_ entries: [Entry]) -> [String] {
        let writes = entries.filter(\.isWrite)
        return zip(writes, writes.dropFirst()).filter { $0.revision == $1.revision }
            .map { "\($0.call) and \($1.call) made one revision" }
    }

    /// An entry may not have ended before one began that stands before it; reads of one revision stand beside each other.
    private static func againstTime(_ entries: [Entry]) -> [String] {
        var (before, here): (Call<Seen>?, Call<Seen>?) = (nil, nil)
        var (findings, revision): ([String], UInt64) = ([], 0)
        for entry in entries {
            if entry.revision != revision || entry.isWrite { (before, here) = (later(before, here), nil) }
            revision = entry.revision
            if let before, entry.call.returned < before.invoked {
                findings.append("\(entry.call) ended before \(before) began, which saw or made what is older")
            }
            if entry.isWrite { before = later(before, entry.call) } else { here = later(here, entry.call) }
        }
        return findings
    }

    private static func later(_ one: Call<Seen>?, _ other: Call<Seen>?) -> Call<Seen>? {
        guard let one, let other else { return one ?? other }
        return one.invoked >= other.invoked ? one : other
    }

    private static func mixed(_ calls: [Call<Seen>], _ log: [UInt64: String]) -> [String] {
        calls.compactMap { call in
            guard !log.isEmpty, let seen = call.outcome.answer, let content = seen.content else { return nil }
            guard let right = log[seen.revision] else { return "\(call) saw a revision that nobody made" }
            return content == right ? nil : "\(call) is not what stood at revision \(seen.revision)"
        }
    }
}
