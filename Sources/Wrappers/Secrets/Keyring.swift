// The keys at rest: the newest seals, all open.
//
//     master key (file) ──HKDF(purpose)──> AES-256-GCM key ──random nonce──> sealed box, bound to its row
//
// Rotation adds a key with a higher id (`KeyringFile.rotate`), re-seals every stored value (`rewrap`), and only then may
// the old key leave the file. A random 96-bit nonce is safe for 2^32 boxes per key and purpose (NIST SP 800-38D §8.3).
// Values above 1 MiB are refused: these are secrets, not documents.

package enum SealError: Error, Equatable {
    /// Too short, or of an unknown version.
    case malformed
    /// Sealed by a key that is not in this keyring.
    case unknownKey(id: UInt32)
    /// Changed, moved to another row, or sealed for another purpose.
    case notAuthentic
    /// More than `Keyring.maximumPlaintext` bytes.
    case tooLarge
    /// No randomness for the nonce.
    case noEntropy
}

package struct Keyring: Sendable {
    package static let maximumPlaintext = 1 << 20

    /// By ascending id; never empty.
    let keys: [MasterKey]
    private let newest: MasterKey

    /// Nil without keys, or where two have one id.
    package init?(_ keys: [MasterKey]) {
        let sorted = keys.sorted { $0.id < $1.id }
        guard let newest = sorted.last, Set(keys.map(\.id)).count == keys.count else { return nil }
        self.keys = sorted
        self.newest = newest
    }

    /// A keyring of one fresh key that is kept nowhere: for ephemeral topologies.
    package static func ephemeral() throws(RandomError) -> Keyring {
        Keyring(only: try .generate(id: 1))
    }

    /// The id of the key that seals.
    package var newestID: UInt32 { newest.id }

    /// The ids of all keys, oldest first.
    package var ids: [UInt32] { keys.map(\.id) }

    /// Of each key by its id what tells it from others, and nothing of it.
    package var fingerprints: [UInt32: String] {
        Dictionary(uniqueKeysWithValues: keys.map { ($0.id, $0.fingerprint) })
    }

    /// All of them in one text, the same for two keyrings with the same keys: `1:93b8… 2:0c41…`.
    package var fingerprint: String { keys.map { "\($0.id):\($0.fingerprint)" }.joined(separator: " ") }

    /// The key for `purpose` derived from the key `id` (default: the newest), for keyed hashes; nil for an unknown id.
    ///
    /// A stored keyed hash must remember the id it was made with.
    package func derivedKey(for purpose: String, id: UInt32? = nil) -> SecretBytes? {
        key(id ?? newestID)?.derived(for: purpose)
    }

    /// `plaintext` sealed by the newest key.
    package func seal(
        _ plaintext: [UInt8],
        purpose: String,
        boundTo place: AssociatedData
    ) throws(SealError) -> [UInt8] {
        guard plaintext.count <= Self.maximumPlaintext else { throw .tooLarge }
        let nonce: [UInt8]
        do { nonce = try Random.bytes(AES256GCM.nonceByteCount) } catch { throw .noEntropy }
        let (ciphertext, tag) = AES256GCM.seal(
            plaintext,
            key: newest.derived(for: purpose),
            nonce: nonce,
            associatedData: SealedBox.header(keyID: newestID) + place.bytes
        )
        return SealedBox(keyID: newestID, nonce: nonce, ciphertext: ciphertext, tag: tag).bytes
    }

    /// The plaintext of `sealed`, which must have been sealed for this purpose and place.
    package func open(_ sealed: [UInt8], purpose: String, boundTo place: AssociatedData) throws(SealError) -> [UInt8] {
        guard sealed.count <= Self.maximumPlaintext + SealedBox.overhead else { throw .tooLarge }
        guard let box = SealedBox(sealed) else { throw .malformed }
        guard let key = key(box.keyID) else { throw .unknownKey(id: box.keyID) }
        let plaintext = AES256GCM.open(
            box.ciphertext,
            tag: box.tag,
            key: key.derived(for: purpose),
            nonce: box.nonce,
            associatedData: SealedBox.header(keyID: box.keyID) + place.bytes
        )
        guard let plaintext else { throw .notAuthentic }
        return plaintext
    }

    /// `sealed` under the newest key, or nil where it is already.
    package func rewrap(
        _ sealed: [UInt8],
        purpose: String,
        boundTo place: AssociatedData
    ) throws(SealError) -> [UInt8]? {
        let plaintext = try open(sealed, purpose: purpose, boundTo: place)
        guard SealedBox(sealed)?.keyID != newestID else { return nil }
        return try seal(plaintext, purpose: purpose, boundTo: place)
    }

    private func key(_ id: UInt32) -> MasterKey? {
        keys.first { $0.id == id }
    }

    private init(only key: MasterKey) {
        keys = [key]
        newest = key
    }
}

extension Keyring: CustomStringConvertible, CustomReflectable {
    package var description: String { "<keyring \(ids)>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
