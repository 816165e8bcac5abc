// Ed25519 signatures (RFC 8032) by libcrypto: a private key signs, a public key verifies. Keys are 32 raw bytes, signatures 64.
//
// Nothing else is offered: with one algorithm there is none to be confused about (RFC 8725 §3.1).
import COpenSSL

package enum Ed25519 {
    package static let keyByteCount = 32
    package static let signatureByteCount = 64

    package struct PublicKey: Sendable {
        package let bytes: [UInt8]
        private let key: EVPKey

        /// Nil unless it is 32 bytes.
        package init?(_ bytes: [UInt8]) {
            guard bytes.count == keyByteCount, let key = EVPKey(publicKey: bytes) else { return nil }
            self.bytes = bytes
            self.key = key
        }

        package func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
            signature.count == signatureByteCount && key.verify(signature, of: message)
        }
    }

    package struct PrivateKey: Sendable {
        package let publicKey: PublicKey
        private let key: EVPKey

        /// Nil unless the seed (RFC 8032 §5.1.5) is 32 bytes.
        package init?(seed: SecretBytes) {
            guard seed.count == keyByteCount, let key = EVPKey(privateKey: seed),
                let publicKey = PublicKey(key.publicBytes)
            else { return nil }
            self.key = key
            self.publicKey = publicKey
        }

        package func sign(_ message: [UInt8]) -> [UInt8] { key.sign(message) }
    }
}

extension Ed25519.PublicKey: Equatable {
    package static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
}
