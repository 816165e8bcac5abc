// What other replicas have taken away and not yet settled, as seen by one that found something gone already. Pure: the clock is passed in.
//
//     look (rows of the first look) ──gone, or their length is over──> over
//
// Each revocation leaves a row in its transaction, which goes when it is settled. What somebody finds gone without a row is settled. A replica may have died
// before it told anybody: the leases that it gave end one length after its revocation was begun.

/// A row of a revocation that is not settled.
package struct OpenRevocation: Sendable, Equatable {
    package let id: String
    /// So long leases may go on that lack it, from its commit.
    package let length: Duration

    package init(id: String, length: Duration) { (self.id, self.length) = (id, length) }
}

package struct OthersRevocations: Sendable {
    /// When each of the first look is over at the latest.
    private var ends: [String: ContinuousClock.Instant]?
    /// Those that nobody has settled in all that time: their rows may go.
    package private(set) var waitedOut: [String] = []

    package init() {}

    /// - Parameters:
    ///   - rows: What stands there now, of others.
    ///   - now: When it was read, or later.
    /// - Returns: Whether one of them is still to be waited for.
    package mutating func look(_ rows: [OpenRevocation], at now: ContinuousClock.Instant) -> LeaseKeeper.Wait {
        let first = rows.map { ($0.id, now + LeaseKeeper.patience($0.length)) }
        var ends = ends ?? Dictionary(first) { $1 }
        let present = Set(rows.map(\.id))
        ends = ends.filter { present.contains($0.key) }
        waitedOut += ends.filter { now >= $0.value }.keys.sorted()
        ends = ends.filter { now < $0.value }
        self.ends = ends
        return ends.values.max().map { .until($0) } ?? .over
    }
}
