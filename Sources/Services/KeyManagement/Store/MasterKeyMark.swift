// The master keys under which something here may lie, by their fingerprints (`KeyringRecord`): a row a key.

package import Secrets

package struct MasterKeyMark: StoredRecord, Equatable {
    package static let table = "master_key"

    /// The key's number in the keyring.
    package let id: String
    package let fingerprint: String
}

extension KeyManagementStore {
    /// Under which master keys something here may lie.
    package func keyringRecord() async throws -> KeyringRecord { try await read { try KeyringRecord(in: $0) } }
}

extension KeyringRecord {
    init(in tables: any Tables) throws {
        let marks = try tables.all(MasterKeyMark.self).compactMap { mark in
            UInt32(mark.id).map { ($0, mark.fingerprint) }
        }
        self.init(Dictionary(uniqueKeysWithValues: marks))
    }

    /// In place of what stood there.
    func save(in tables: any Tables) throws {
        let old = try KeyringRecord(in: tables).fingerprints
        for id in old.keys where fingerprints[id] == nil { try tables.delete(MasterKeyMark.self, "\(id)") }
        for (id, fingerprint) in fingerprints where old[id] != fingerprint {
            try tables.save(MasterKeyMark(id: "\(id)", fingerprint: fingerprint))
        }
    }
}
