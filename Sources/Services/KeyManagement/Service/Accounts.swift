// People: making an account, logging in, changing one's password.

import Audit
import Bus
import Contracts
import Receipts
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
            asker: try await admin(context),
            firstAdmin: environment.configuration.firstAdmin,
            adminTokenLifetime: environment.configuration.adminTokenLifetime
        )
        let claim = try environment.receipts.claim(context, registration)
        let (hash, now) = (try await hash(registration.password), environment.now())
        let (environment, gate, source) = (environment, gate, AuditSource(context))
        return try await environment.store.audited(KMS.register.name, on: username, from: source, at: now) { tables in
            let isTaken = try tables.find(Account.self, username) != nil
            // Whoever knows the key of a registration could else try passwords on it, as often as he likes.
            let attempt = isTaken && claim != nil ? try gate.countRepeat(of: username, at: now, in: tables) : nil
            return try environment.once(claim, in: tables, at: now, again: { try gate.clear(attempt, in: tables) }) {
                guard !isTaken else { throw Self.taken(username) }
                try grant.check(in: tables, at: now)
                try tables.save(
                    Account(id: username, passwordHash: hash, roles: grant.roles, state: .active, createdAt: now)
                )
                return KMS.Message(message: "User registered successfully")
            }
        }
    }

    private static func taken(_ username: String) -> Failure {
        Failure(.conflict, "The username \"\(username)\" is taken.", fields: [.init("username", "is taken")])
    }

    /// The administrator who asks, as far as the token says so.
    ///
    /// - Throws: `Failure` with `insufficient_user_authentication` for an administrator who has yet to show the second factor.
    private func admin(_ context: CallContext) async throws -> RoleGrant.Asker? {
        guard let principal = context.principal, principal.kind == .user, principal.roles.contains(KMS.Roles.admin)
        else {
            return nil
        }
        try await environment.requiring(KMS.register.name, on: "", from: AuditSource(context)) {
            try await administration.check(principal)
        }
        return RoleGrant.Asker(username: principal.subject, session: principal.tokenID.map(KMS.session))
    }

    private func hash(_ password: KMS.NewPassword) async throws -> String {
        do { return try await environment.hasher.hash(password.text).phc } catch { throw error.failure }
    }

    // MARK: Logging in

    func login(_ credentials: KMS.Credentials, _ context: CallContext) async throws -> KMS.Tokens {
        let source = AuditSource(context, factor: "pwd")
        let (operation, session) = (KMS.login.name, context.principal?.tokenID.map(KMS.session))
        let verdict = try await gate.judge(credentials, in: session, for: operation, from: source)
        let claim = try environment.receipts.claim(context, credentials)
        let signer = verdict.matches ? try await sessions.signing.signer() : nil
        return try await gate.settling(verdict, on: credentials.password, for: operation, from: source) { verdict in
            try await login(verdict, claim, signer, from: source)
        }
    }

    private func login(
        _ verdict: PasswordGate.Verdict,
        _ claim: ReceiptBook.Claim?,
        _ signer: TokenSigner?,
        from source: AuditSource
    ) async throws -> KMS.Tokens {
        let (environment, gate, sessions, now) = (environment, gate, sessions, environment.now())
        let username = verdict.claim.username
        return try await environment.store.audited(KMS.login.name, on: username, from: source, at: now) { tables in
            // A repeat, too, is let in by the password only, and its attempt counted.
            let account = try gate.settle(verdict, in: tables)
            guard let signer else { throw SigningKeys.noKey }
            return try environment.once(claim, in: tables, at: now) {
                let grant = try sessions.open(for: account, amr: ["pwd"], at: now, in: tables)
                return try sessions.tokens(for: grant, at: now, signer)
            }
        }
    }

    func changePassword(_ change: KMS.PasswordChange, _ context: CallContext) async throws -> Empty {
        let user = try context.requireUser()
        let asked = AuditSource(context)
        try await environment.requiring(KMS.changePassword.name, on: user.subject, from: asked) {
            try await personal.check(user)
        }
        guard let username = KMS.Username(user.subject) else { throw Failure(.forbidden, "There is no such account.") }
        try PasswordRules.check(change.newPassword, of: username.text, field: "new_password")
        let credentials = KMS.Credentials(username: username, password: change.currentPassword)
        let source = AuditSource(context, factor: "pwd")
        let kept = user.tokenID.map(KMS.session)
        let operation = KMS.changePassword.name
        let verdict = try await gate.judge(credentials, in: kept, for: operation, from: source)
        let (hash, claim) = (try await hash(change.newPassword), try environment.receipts.claim(context, change))
        return try await gate.settling(verdict, on: change.currentPassword, for: operation, from: source) { verdict in
            try await changePassword(verdict, to: hash, keeping: kept, claim, from: source)
        }
    }

    private func changePassword(
        _ verdict: PasswordGate.Verdict,
        to hash: String,
        keeping kept: String?,
        _ claim: ReceiptBook.Claim?,
        from source: AuditSource
    ) async throws -> Empty {
        let (environment, gate, now) = (environment, gate, environment.now())
        let username = verdict.claim.username
        return try await environment.store.audited(KMS.changePassword.name, on: username, from: source, at: now) {
            tables in
            // The password that a repeat gives is the old one; its attempt was counted all the same.
            let again = { try gate.clear(verdict.claim.count, in: tables) }
            return try environment.once(claim, in: tables, at: now, again: again) {
                var account = try gate.settle(verdict, in: tables)
                account.passwordHash = hash
                try tables.save(account)
                try Sessions.end(of: account.id, except: kept, .revoked, in: tables)
                return Empty()
            }
        }
    }
}
