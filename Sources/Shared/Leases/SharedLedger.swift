// What replicas of a service tell each other through the database that they share: who gives leases, how long, and which revocations are not settled.

package protocol SharedLedger: Sendable {
    /// Which connection writes: counts up with each.
    var life: UInt64 { get }
    /// A commit, which says that this replica runs and how long its leases may be.
    func vouch(for replica: Int, length: Duration) async throws -> KeeperRoster
    /// This replica gives none any more, and takes nothing away.
    func leave(_ replica: Int) async throws
    /// Those whose rows are there, of all replicas.
    func openRevocations() async throws -> [OpenRevocation]
    func remove(_ revocations: [String]) async throws
}

/// Who gives leases on what is in a database.
package struct KeeperRoster: Sendable {
    /// The longest lease that any of them may have given before the commit that read this.
    package let longest: Duration
    /// The highest number of those that run.
    package let highest: Int

    package init(longest: Duration, highest: Int) { (self.longest, self.highest) = (longest, highest) }
}
