// Who may have more than the role `user` from the start. The request's own word never counts.
//
//     admin token of the host   consumed, whatever else holds       the way in, and the way back when all admins are lost
//     first account, `open`     any role                            topologies on loopback
//     asked for by an admin     any role                            who is one still, when it is granted
//     anybody else              403

import Bus
import Contracts

struct RoleGrant: Sendable {
    struct Asker: Sendable {
        let username: String
        /// nil where the token names none.
        let session: String?
    }

    /// Sorted; always with `user`.
    let roles: [String]
    /// The digest of the token that came with the request.
    let adminToken: String?
    /// Whose token says that he is an administrator.
    let asker: Asker?
    let firstAdmin: KeyManagementConfiguration.FirstAdmin
    let adminTokenLifetime: Duration

    /// - Throws: `Failure` with `forbidden`.
    func check(in tables: any Tables, at now: Timestamp) throws {
        guard roles != [KMS.Roles.user] else { return }
        if let adminToken { return try consume(adminToken, in: tables, at: now) }
        if let asker, try isAdmin(asker, in: tables, at: now) { return }
        if firstAdmin == .open, try tables.all(Account.self).isEmpty { return }
        throw Failure(
            .forbidden,
            "Only an administrator grants roles beyond \"user\".",
            fields: [.init("roles", "may only be \"user\"")]
        )
    }

    /// The token was looked at before the password was hashed, which takes its time.
    private func isAdmin(_ asker: Asker, in tables: any Tables, at now: Timestamp) throws -> Bool {
        guard let account = try tables.find(Account.self, asker.username), account.isWorkingAdmin else { return false }
        guard let session = asker.session else { return true }
        return try tables.find(Session.self, session)?.isAlive(at: now) ?? false
    }

    private func consume(_ token: String, in tables: any Tables, at now: Timestamp) throws {
        guard let stored = try tables.find(AdminToken.self, token), isGood(stored, at: now) else {
            throw Failure(
                .forbidden,
                "The admin token is unknown, spent or expired. Make a new one on the host.",
                fields: [.init("admin_token", "is unknown, spent or expired")]
            )
        }
        try tables.delete(AdminToken.self, token)
    }

    /// One that would last longer than any is given was made while the clock was ahead. How old it is nobody can say.
    private func isGood(_ token: AdminToken, at now: Timestamp) -> Bool {
        guard let expiresAt = token.expiresAt else { return false }
        return expiresAt > now && expiresAt <= now + adminTokenLifetime + Timestamp.tolerance
    }
}
