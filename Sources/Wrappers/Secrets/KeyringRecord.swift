// Under which master keys what a store keeps may lie, as the store has it on record: a fingerprint for each, never the key.
//
//     first start     all keys that the keyring has          from then on whoever opens the store has to have these, the same
//     a newer key     on record where nobody else seals; of several replicas none seals under a key that others may lack
//     rewrap          the newest alone
//
// Pure: who keeps it calls `claimed` inside the transaction that writes what it returns.

package struct KeyringRecord: Sendable, Equatable {
    /// Why a keyring does not fit, with the id of the first key that does not.
    package enum Mismatch: Error, Equatable {
        /// Something may lie under a key that the keyring has not got.
        case missing(UInt32)
        /// The keyring has another key of that id.
        case different(UInt32)
        /// It would seal under a key that the other replicas may not have.
        case notShared(UInt32)
    }

    /// By the keys' ids; empty for a store of which nothing is known.
    package let fingerprints: [UInt32: String]

    package init(_ fingerprints: [UInt32: String]) { self.fingerprints = fingerprints }

    /// For a store of which everything lies under the keyring's newest key.
    package init(newestOf keyring: Keyring) {
        self.init(keyring.fingerprints.filter { $0.key == keyring.newestID })
    }

    /// Whether the keyring opens what the store keeps.
    ///
    /// - Throws: `Mismatch` where it does not.
    package func check(_ keyring: Keyring) throws(Mismatch) {
        let held = keyring.fingerprints
        for (id, fingerprint) in fingerprints.sorted(by: { $0.key < $1.key }) {
            guard let own = held[id] else { throw .missing(id) }
            guard own == fingerprint else { throw .different(id) }
        }
    }

    /// The record once a process with this keyring works on the store. `isShared`: others may do so as well.
    ///
    /// - Throws: `Mismatch` where it must not.
    package func claimed(by keyring: Keyring, isShared: Bool) throws(Mismatch) -> KeyringRecord {
        try check(keyring)
        if fingerprints.isEmpty { return KeyringRecord(keyring.fingerprints) }
        let newest = keyring.newestID
        guard fingerprints[newest] == nil else { return self }
        guard !isShared else { throw .notShared(newest) }
        return KeyringRecord(fingerprints.merging(KeyringRecord(newestOf: keyring).fingerprints) { $1 })
    }
}
