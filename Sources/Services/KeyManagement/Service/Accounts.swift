// People: making an account, logging in, changing one's password.

import Audit
import Bus
import Contracts
import Secrets

struct Accounts: Sendable {
    let environment: Environment
    let sessions: Sessions
    /// For what an administrator asks in a public operation, where the gateway does not look.
    let administration: StepUpRule
    /// For changing one's password.
    let personal: StepUpRule

    private var gate: PasswordGate { PasswordGate(environment: environment) }

    // MARK: Registering

    /// The hash is made before it is known whether the name is free, so a taken name costs the same time; its 409 does tell
    /// that it is taken, as any registration must that lets people choose their name.
    func register(_ registration: KMS.Registration, _ context: CallContext) async throws -> KMS.Message {
        let username = registration.username.text
        try PasswordRules.check(registration.password, of: username, field: "password")
        let grant = RoleGrant(
            roles: Set(registration.roles?.names ?? []).union([KMS.Roles.user]).sorted(),
            adminToken: registration.adminToken.map(Environment.digest),
            isAskedByAdmin: try await isAdmin(context),
            firstAdmin: environment.configuration.firstAdmin,
            adminTokenLifetime: environment.configuration.adminTokenLifetime
        )
        let (hash, now) = (try await hash(registration.password), environment.now())
        let source = AuditSource(context)
        try await environment.store.audited(KMS.register.name, on: username, from: source, at: now) { tables in
            guard try tables.find(Account.self, username) == nil else {
                throw Failure(
                    .conflict,
                    "The username \"\(username)\" is taken.",
                    fields: [.init("username", "is taken")]
                )
            }
            try grant.check(in: tables, at: now)
            try tables.save(
                Account(id: username, passwordHash: hash, roles: grant.roles, state: .active, createdAt: now)
            )
        }
        return KMS.Message(message: "User registered successfully")
    }

    /// - Throws: `Failure` with `insufficient_user_authentication` for an administrator who has yet to show the second factor.
    private func isAdmin(_ context: CallContext) async throws -> Bool {
        guard let principal = context.principal, principal.kind == .user, principal.roles.contains(KMS.Roles.admin)
        else {
            return false
        }
        try await environment.requiring(KMS.register.name, on: "", from: AuditSource(context)) {
            try await administration.check(principal)
        }
        return true
    }

    private func hash(_ password: KMS.NewPassword) async throws -> String {
        do { return try await environment.hasher.hash(password.text).phc } catch { throw error.failure }
    }

    // MARK: Logging in

    func login(_ credentials: KMS.Credentials, _ context: CallContext) async throws -> KMS.Tokens {
        let source = AuditSource(context, factor: "pwd")
        let verdict = try await gate.judge(credentials, for: KMS.login.name, from: source)
        let now = environment.now()
        let (gate, sessions) = (gate, sessions)
        let grant = try await environment.store.audited(
            KMS.login.name,
            on: credentials.username.text,
            from: source,
            at: now
        ) { tables in
            let account = try gate.settle(verdict, in: tables)
            return try sessions.open(for: account, amr: ["pwd"], at: now, in: tables)
        }
        return try await sessions.tokens(for: grant, at: now)
    }

    func changePassword(_ change: KMS.PasswordChange, _ context: CallContext) async throws {
        let user = try context.requireUser()
        let asked = AuditSource(context)
        try await environment.requiring(KMS.changePassword.name, on: user.subject, from: asked) {
            try await personal.check(user)
        }
        guard let username = KMS.Username(user.subject) else { throw Failure(.forbidden, "There is no such account.") }
        try PasswordRules.check(change.newPassword, of: username.text, field: "new_password")
        let credentials = KMS.Credentials(username: username, password: change.currentPassword)
        let source = AuditSource(context, factor: "pwd")
        let verdict = try await gate.judge(credentials, for: KMS.changePassword.name, from: source)
        let (hash, now, gate) = (try await hash(change.newPassword), environment.now(), gate)
        let kept = user.tokenID.map(KMS.session)
        try await environment.store.audited(KMS.changePassword.name, on: username.text, from: source, at: now) {
            tables in
            var account = try gate.settle(verdict, in: tables)
            account.passwordHash = hash
            try tables.save(account)
            try Sessions.end(of: account.id, except: kept, .revoked, in: tables)
        }
    }
}
