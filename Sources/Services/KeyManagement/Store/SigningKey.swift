// A key pair that signs access tokens. Its id is the `kid`.

package import Foundation

package struct SigningKey: StoredRecord {
    package static let table = "signing_key"
    package let id: String
    /// Ed25519, 32 bytes.
    package let publicKey: Data
    /// The private half, sealed.
    package var sealed: Data
    package let publishedAt: Timestamp
    /// From here on it signs, until the next key does.
    package let signsFrom: Timestamp
}
