// C8: an index, a cache or a copy holds what its source holds, document for document. To be asked at rest.

/// A source and what was made of it.
public enum IndexCheck {
    /// - Parameters:
    ///   - source: By id, a digest of every field.
    ///   - index: The same, of what is in the index; all of it, read page by page.
    ///   - atLeast: Two empty sides agree too; so many documents make it mean something.
    /// - Returns: Right, or wrong with each finding; inconclusive where there was nothing to judge.
    public static func verdict(source: [String: String], index: [String: String], atLeast: Int = 1) -> Verdict {
        let missing = source.keys.filter { index[$0] == nil }.sorted().map { "\($0) is missing in the index" }
        let extra = index.keys.filter { source[$0] == nil }.sorted().map {
            "\($0) is in the index and not in the source"
        }
        let other = source.filter { id, digest in index[id].map { $0 != digest } ?? false }.keys.sorted()
            .map { "\($0) is another in the index" }
        let findings = missing + extra + other
        guard findings.isEmpty, source.count < atLeast else { return Verdict(findings) }
        return .inconclusive(["the source has \(source.count) documents, not \(atLeast)"])
    }
}
