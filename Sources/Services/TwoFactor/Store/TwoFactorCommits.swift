// What a replica of the service shows by a commit: that the database it reads is the one that takes writes. It gives no leases there, so replicas have
// nothing else to tell each other.

package import Leases

package struct TwoFactorCommits: SharedLedger {
    private let store: DatabaseTwoFactorStore

    package init(_ store: DatabaseTwoFactorStore) { self.store = store }

    package var life: UInt64 { store.life }

    /// What it gave that had a file to itself, before the store was moved here, is waited out.
    package func vouch(for replica: Int, length: Duration) async throws -> KeeperRoster {
        KeeperRoster(longest: .milliseconds(try await store.vouch()), highest: replica)
    }

    package func leave(_ replica: Int) {}

    package func openRevocations() -> [OpenRevocation] { [] }

    package func remove(_ revocations: [String]) {}
}
