// How long the leases may be that this service has given: what a keeper's next life has to wait out.

import Leases

package struct LeaseLength: StoredRecord, Equatable {
    package static let table = "lease"
    package static let only = "longest"

    package var id: String { Self.only }
    package let milliseconds: Int
}

package struct StoreLedger: LeaseLedger {
    private let store: any KeyManagementStore

    package init(_ store: any KeyManagementStore) { self.store = store }

    package func longestLease() async throws -> Duration {
        .milliseconds(try await store.read { try $0.find(LeaseLength.self, LeaseLength.only)?.milliseconds ?? 0 })
    }

    package func record(longestLease: Duration) async throws {
        let length = LeaseLength(milliseconds: longestLease.wholeMilliseconds)
        try await store.write { try $0.save(length) }
    }
}
