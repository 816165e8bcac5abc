// An API key: what it may do, apart from its secrets, of which there are two while a rotation overlaps.

package import Foundation

package struct ServiceKey: StoredRecord {
    package static let table = "service_key"
    /// The service's name.
    package let id: String
    package let roles: [String]
    package let scopes: [String]?
    package var createdAt: Timestamp
    package var rotatedAt: Timestamp?
    /// Not `expiresAt`: an expired key stays listed until somebody deletes it.
    package var validUntil: Timestamp?

    /// Whether the clock has gone back since this was written.
    func isAhead(of now: Timestamp) -> Bool {
        max(createdAt, rotatedAt ?? createdAt) > now + Timestamp.tolerance
    }

    func isExpired(at now: Timestamp) -> Bool { validUntil.map { $0 <= now } ?? false }
}

/// The secret of an API key. Its id is a keyed hash of the key (HMAC-SHA-256), so the table alone neither holds keys nor tests guesses.
package struct KeySecret: StoredRecord {
    package static let table = "key_secret"
    package let id: String
    package let service: String
    /// The key itself, sealed and bound to its service; opened only to move it under a new master key.
    package let sealed: Data
    /// The first characters of the key.
    package let hint: String
    package let createdAt: Timestamp
    /// When it stops to work; `nil` for the one in force.
    package var expiresAt: Timestamp?
    package var lastUsedAt: Timestamp?

    package var owner: String? { service }
}
