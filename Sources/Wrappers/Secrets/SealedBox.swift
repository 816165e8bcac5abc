// The bytes of a sealed value, version 1:
//
//     01 | key id (4, big-endian) | nonce (12) | ciphertext (as long as the plaintext) | tag (16)
//
// The first five bytes are authenticated together with the associated data. Parsing checks shape only: whether a box is
// genuine shows when a `Keyring` opens it.

package struct SealedBox: Sendable, Equatable {
    static let version: UInt8 = 1
    static let overhead = 1 + 4 + AES256GCM.nonceByteCount + AES256GCM.tagByteCount

    /// Which key of the keyring sealed it.
    package let keyID: UInt32
    let nonce: [UInt8]
    let ciphertext: [UInt8]
    let tag: [UInt8]

    init(keyID: UInt32, nonce: [UInt8], ciphertext: [UInt8], tag: [UInt8]) {
        self.keyID = keyID
        self.nonce = nonce
        self.ciphertext = ciphertext
        self.tag = tag
    }

    /// The box in `bytes`, or nil where they are too short or of another version.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.overhead, bytes[0] == Self.version else { return nil }
        keyID = BigEndian.number(bytes[1..<5])
        nonce = Array(bytes[5..<17])
        ciphertext = Array(bytes[17..<(bytes.count - AES256GCM.tagByteCount)])
        tag = Array(bytes.suffix(AES256GCM.tagByteCount))
    }

    package var bytes: [UInt8] {
        Self.header(keyID: keyID) + nonce + ciphertext + tag
    }

    static func header(keyID: UInt32) -> [UInt8] {
        [version] + BigEndian.bytes(keyID)
    }
}
