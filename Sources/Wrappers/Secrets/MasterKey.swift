// One 256-bit key of a keyring, under a number that says which it is. It never encrypts anything itself: keys for a
// purpose are derived from it (HKDF), so that a value sealed for one purpose does not open for another.

package struct MasterKey: Sendable, Equatable {
    package static let byteCount = 32

    /// 1 and up; the highest of a keyring seals.
    package let id: UInt32
    let secret: SecretBytes

    /// Nil unless the id is positive and the secret has 32 bytes.
    package init?(id: UInt32, secret: SecretBytes) {
        guard id > 0, secret.count == Self.byteCount else { return nil }
        self.init(unchecked: id, secret: secret)
    }

    /// A fresh random key.
    package static func generate(id: UInt32) throws(RandomError) -> MasterKey {
        precondition(id > 0, "id of a master key")
        return MasterKey(unchecked: id, secret: try .random(byteCount))
    }

    /// The key for `purpose`, a constant such as `kms.api-keys`; the same whenever it is asked for.
    func derived(for purpose: String) -> SecretBytes {
        HKDF.derive(from: secret, info: Array("fountain.v1/\(purpose)".utf8), byteCount: AES256GCM.keyByteCount)
    }

    /// Tells this key from others and nothing of it: derived for this alone, so that no other use of the key gives the same bytes.
    var fingerprint: String { Hex.encode(Array(derived(for: "fingerprint").bytes.prefix(8))) }

    private init(unchecked id: UInt32, secret: SecretBytes) {
        self.id = id
        self.secret = secret
    }
}
