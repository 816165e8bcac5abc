// Which keyring may open a store that has fingerprints on record, alone and beside other replicas.

import Testing

@testable import Secrets

@Suite struct KeyringRecordTests {
    private let (one, two, other): (MasterKey, MasterKey, MasterKey)

    init() throws { (one, two, other) = (try .generate(id: 1), try .generate(id: 2), try .generate(id: 1)) }

    private func keyring(_ keys: MasterKey...) throws -> Keyring { try #require(Keyring(keys)) }

    private func record(_ keys: MasterKey...) throws -> KeyringRecord {
        KeyringRecord(try #require(Keyring(keys)).fingerprints)
    }

    @Test func `a fingerprint is the same for the same key only, and no key that is used`() throws {
        let again = try #require(MasterKey(id: 1, secret: SecretBytes(one.secret.bytes)))
        #expect(one.fingerprint == again.fingerprint && one.fingerprint != other.fingerprint)
        #expect(one.fingerprint.utf8.count == 16)
        #expect(!Hex.encode(one.secret.bytes).contains(one.fingerprint))
        for purpose in ["kms.key-hash", "2fa.code", "kms.signing_key"] {
            #expect(!Hex.encode(one.derived(for: purpose).bytes).contains(one.fingerprint))
        }
        #expect(try keyring(two, one).fingerprint == "1:\(one.fingerprint) 2:\(two.fingerprint)")
    }

    @Test(arguments: [false, true]) func `the first keyring is put on record whole`(isShared: Bool) throws {
        let claimed = try KeyringRecord([:]).claimed(by: keyring(one, two), isShared: isShared)
        #expect(claimed == (try record(one, two)))
        #expect(try claimed.claimed(by: keyring(one, two), isShared: isShared) == claimed)
    }

    @Test(arguments: [false, true]) func `a key that is missing, or another of its number, is refused`(
        isShared: Bool
    ) throws {
        let both = try record(one, two)
        #expect(throws: KeyringRecord.Mismatch.missing(2)) { try both.claimed(by: keyring(one), isShared: isShared) }
        #expect(throws: KeyringRecord.Mismatch.missing(1)) { try both.claimed(by: keyring(two), isShared: isShared) }
        #expect(throws: KeyringRecord.Mismatch.different(1)) {
            try both.claimed(by: keyring(other, two), isShared: isShared)
        }
    }

    @Test func `a newer key seals at once where nobody else does, and not beside others`() throws {
        let old = try record(one)
        #expect(try old.claimed(by: keyring(one, two), isShared: false) == record(one, two))
        #expect(throws: KeyringRecord.Mismatch.notShared(2)) { try old.claimed(by: keyring(one, two), isShared: true) }
    }

    /// After that the older keys are nobody's need, whatever they are.
    @Test func `where everything lies under the newest key, only that one has to be the same`() throws {
        let moved = KeyringRecord(newestOf: try keyring(one, two))
        for held in [try keyring(two), try keyring(one, two), try keyring(other, two)] {
            #expect(try moved.claimed(by: held, isShared: true) == moved)
        }
    }
}
