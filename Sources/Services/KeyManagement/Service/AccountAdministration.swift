// What administrators do to accounts. Whoever is barred, demoted or deleted is out when the answer returns: the sessions end in the
// same transaction. One working administrator must always remain.

import Audit
import Bus
import Contracts
import Receipts

struct AccountAdministration: Sendable {
    let environment: Environment

    func list(_ query: KMS.UserQuery) async throws -> KMS.UserList {
        let (name, limit) = (query.after?.text ?? "", query.limit?.value ?? PageLimit.standard)
        // One more says whether there is another page.
        let found = try await environment.store.read { try $0.accounts(after: name, limit: limit + 1) }
        let page = found.prefix(limit)
        return KMS.UserList(users: page.map(\.described), next: found.count > limit ? page.last?.id : nil)
    }

    func show(_ user: KMS.UserName) async throws -> KMS.User {
        try await environment.store.read { try Self.account(user.username, in: $0) }.described
    }

    func setRoles(_ assignment: KMS.RoleAssignment, _ context: CallContext) async throws -> KMS.User {
        let roles = Set(assignment.roles.names).union([KMS.Roles.user]).sorted()
        return try await change(assignment.username, KMS.setRoles.name, context) { $0.roles = roles }
    }

    func disable(_ user: KMS.UserName, _ context: CallContext) async throws -> KMS.User {
        try await change(user.username, KMS.disableUser.name, context) { $0.state = .disabled }
    }

    func enable(_ user: KMS.UserName, _ context: CallContext) async throws -> KMS.User {
        try await change(user.username, KMS.enableUser.name, context) { $0.state = .active }
    }

    func delete(_ user: KMS.UserName, _ context: CallContext) async throws -> Empty {
        let claim = try environment.receipts.claim(context, user)
        let (environment, now) = (environment, environment.now())
        let (name, source) = (user.username.text, AuditSource(context))
        return try await environment.store.audited(KMS.deleteUser.name, on: name, from: source, at: now) { tables in
            try environment.once(claim, in: tables, at: now) {
                _ = try Self.change(user.username, in: tables) { account in
                    account.state = .deleted
                    account.roles = []
                    account.passwordHash = ""
                }
                return Empty()
            }
        }
    }

    /// A one-time token with which somebody may register as `admin`. For the host's own command line, never bound to an operation.
    func makeAdminToken() async throws -> String {
        let (token, now) = (try environment.token(), environment.now())
        let lifetime = environment.configuration.adminTokenLifetime
        try await environment.store.write { tables in
            try tables.sweep(AdminToken.self, at: now, longest: lifetime)
            try tables.save(AdminToken(id: Environment.digest(token), expiresAt: now + lifetime))
            try tables.record("kms.admin_token", "ok", on: "", from: .host, at: now)
        }
        return token
    }
}

extension AccountAdministration {
    private func change(
        _ username: KMS.Username,
        _ operation: String,
        _ context: CallContext,
        _ edit: @escaping @Sendable (inout Account) -> Void
    ) async throws -> KMS.User {
        let now = environment.now()
        return try await environment.store.audited(
            operation,
            on: username.text,
            from: AuditSource(context),
            at: now
        ) { tables in try Self.change(username, in: tables, edit) }
    }

    private static func change(_ username: KMS.Username, in tables: any Tables, _ edit: (inout Account) -> Void) throws
        -> KMS.User
    {
        let before = try account(username, in: tables)
        var after = before
        edit(&after)
        guard after != before else { return before.described }
        if before.isWorkingAdmin, !after.isWorkingAdmin { try requireAnotherAdmin(besides: before, in: tables) }
        try tables.save(after)
        try Sessions.end(of: after.id, .revoked, in: tables)
        return after.described
    }

    private static func account(_ username: KMS.Username, in tables: any Tables) throws -> Account {
        guard let account = try tables.find(Account.self, username.text), account.state != .deleted else {
            throw Failure(.notFound, "There is no account \"\(username.text)\".")
        }
        return account
    }

    private static func requireAnotherAdmin(besides account: Account, in tables: any Tables) throws {
        guard try tables.all(Account.self).contains(where: { $0.isWorkingAdmin && $0.id != account.id }) else {
            throw Failure(KMS.lastAdmin, "\"\(account.id)\" is the last administrator: make another one first.")
        }
    }
}
