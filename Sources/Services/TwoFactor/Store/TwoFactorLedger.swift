// How long the leases may be that the service has given, kept in its store.

internal import Leases

package struct TwoFactorLedger: LeaseLedger {
    private let store: any TwoFactorStore

    package init(_ store: any TwoFactorStore) { self.store = store }

    package func longestLease() async throws -> Duration { .milliseconds(try await store.longestLease()) }

    package func record(longestLease: Duration) async throws {
        try await store.record(longestLease: longestLease.wholeMilliseconds)
    }
}
