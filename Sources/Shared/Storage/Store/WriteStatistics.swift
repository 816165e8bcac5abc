// Counts of what the writer has done, for `stats` and for tests that prove grouping without a clock.

package struct WriteStatistics: Sendable, Equatable {
    /// Closures that were handed in, also those refused.
    package var requests = 0
    /// Transactions that were committed.
    package var commits = 0
    /// Closures whose changes were committed.
    package var committed = 0
    /// Closures that failed, were refused, or were dropped before they ran.
    package var failed = 0
    /// Closures that wait for a transaction now.
    package var queued = 0

    mutating func add(_ batch: WriteBatch.Outcome) {
        commits += batch.reachedDisk ? 1 : 0
        committed += batch.succeeded
        failed += batch.failed
    }
}
