// A person's account. Its id is the username in its canonical spelling.

import Contracts

package struct Account: StoredRecord {
    package enum State: String, Sendable {
        case active, disabled
        /// The name stays taken: what other services keep under it must not pass to somebody else.
        case deleted
    }

    package static let table = "account"
    package let id: String
    /// PHC string of scrypt; empty once deleted.
    package var passwordHash: String
    package var roles: [String]
    package var state: State
    package let createdAt: Timestamp

    /// Whether it is one of those of which one must remain.
    var isWorkingAdmin: Bool { state == .active && roles.contains(KMS.Roles.admin) }

    var described: KMS.User {
        KMS.User(username: id, roles: roles, disabled: state != .active, createdAt: createdAt.seconds)
    }
}

/// A one-time token that lets an account be registered as `admin`. Its id is the SHA-256 of the token.
package struct AdminToken: ExpiringRecord {
    package static let table = "admin_token"
    package let id: String
    package var expiresAt: Timestamp?
}
