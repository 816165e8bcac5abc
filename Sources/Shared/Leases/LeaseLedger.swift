// What outlives a keeper: how long the leases may be that it gave. Its next life waits that long before it believes that they are over.

package protocol LeaseLedger: Sendable {
    /// Zero where none were given.
    func longestLease() async throws -> Duration
    func record(longestLease: Duration) async throws
}
