// What replicas of the service tell each other by rows: who of them gives leases, and which revocations are not settled (`SharedLedger`).

package import Leases

/// A replica that has given leases.
package struct KeeperRow: StoredRecord, Equatable {
    package static let table = "keeper"

    /// Its number.
    package let id: String
    /// How long its leases may be.
    package let milliseconds: Int
    package let runs: Bool
}

/// A revocation that somebody may not have heard of yet; it is written with it.
package struct RevocationRow: StoredRecord, Equatable {
    package static let table = "open_revocation"

    package let id: String
    package let milliseconds: Int

    init(id: String, milliseconds: Int) { (self.id, self.milliseconds) = (id, milliseconds) }

    init(_ revocation: OpenRevocation) {
        self.init(id: revocation.id, milliseconds: revocation.length.wholeMilliseconds)
    }
}

package struct ReplicaLedger: SharedLedger {
    private let store: any KeyManagementStore

    package init(_ store: any KeyManagementStore) { self.store = store }

    package var life: UInt64 { store.life }

    package func vouch(for replica: Int, length: Duration) async throws -> KeeperRoster {
        let own = KeeperRow(id: "\(replica)", milliseconds: length.wholeMilliseconds, runs: true)
        return try await store.write { tables in
            let rows = try tables.all(KeeperRow.self)
            // What a keeper gave that had a file to itself, before the store was moved here.
            let moved = try tables.find(LeaseLength.self, LeaseLength.only)?.milliseconds ?? 0
            if !rows.contains(own) { try tables.save(own) }
            return KeeperRoster(
                longest: .milliseconds(rows.map(\.milliseconds).reduce(moved, max)),
                highest: rows.filter(\.runs).compactMap { Int($0.id) }.reduce(replica, max)
            )
        }
    }

    package func leave(_ replica: Int) async throws {
        try await store.write { tables in
            guard let row = try tables.find(KeeperRow.self, "\(replica)") else { return }
            try tables.save(KeeperRow(id: row.id, milliseconds: row.milliseconds, runs: false))
        }
    }

    package func openRevocations() async throws -> [OpenRevocation] {
        try await store.read { try $0.all(RevocationRow.self) }
            .map { OpenRevocation(id: $0.id, length: .milliseconds($0.milliseconds)) }
    }

    package func remove(_ revocations: [String]) async throws {
        try await store.write { tables in
            for id in revocations { try tables.delete(RevocationRow.self, id) }
        }
    }
}
