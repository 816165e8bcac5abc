// A key pair that signs access tokens. Its id is the `kid`.

package import Foundation

package struct SigningKey: StoredRecord {
    package static let table = "signing_key"
    package let id: String
    /// Ed25519, 32 bytes.
    package let publicKey: Data
    /// The private half, sealed.
    package var sealed: Data
    /// Its place in the order in which keys were made; clocks have no say in that.
    package let generation: Int
    package var publishedAt: Timestamp
    /// From here on it signs, until the next key does.
    package var signsFrom: Timestamp
    /// When the next key began to sign; its own tokens are good for one token's life more.
    package var retiredAt: Timestamp?
}
