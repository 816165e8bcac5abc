// A login and what has come of it. All tokens of a login share its session: ending it is what revokes them.

package import Foundation

package struct Session: ExpiringRecord {
    package enum End: String, Sendable {
        case logout
        /// A spent refresh token came again: one of its two holders is a thief, and which is not known.
        case reuse
        /// An administrator or a change of the account.
        case revoked
    }

    package static let table = "session"
    package let id: String
    package let username: String
    /// How it began (RFC 8176).
    package let amr: [String]
    package let authenticatedAt: Timestamp
    package var expiresAt: Timestamp?
    package var ended: End?

    package var owner: String? { username }

    func isAlive(at now: Timestamp) -> Bool {
        ended == nil && isKept(at: now)
    }
}

/// One refresh token of a session. Its id is the SHA-256 of the token: 256 random bits need no slow hash.
package struct RefreshToken: ExpiringRecord {
    package static let table = "refresh_token"
    package let id: String
    package let session: String
    package var expiresAt: Timestamp?
    package var usedAt: Timestamp?
    /// The token that it was exchanged for, sealed, so that a lost answer can be given again.
    package var successor: Data?

    package var owner: String? { session }
}
