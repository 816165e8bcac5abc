// The key management service: its parts put together, and its operations bound to them.
//
//     Accounts ─> PasswordGate ─> PasswordHasher       every password goes through one gate
//        └──> Sessions ─> SigningKeys                  every token comes from one place
//     AccountAdministration · ServiceKeys · AuditTrail
//                        └──────── all ────────> KeyManagementStore
//
// It speaks of operations only: no HTTP, and of the topology no more than its configuration.

package import Audit
package import Bus
import Contracts
package import Leases
package import Secrets

package struct KeyManagementService: Sendable {
    let environment: Environment
    private let accounts: Accounts
    private let administration: AccountAdministration
    private let sessions: Sessions
    private let signing: SigningKeys
    private let keys: ServiceKeys
    private let rule: StepUpRule

    /// - Parameters:
    ///   - configuration: What the topology says.
    ///   - store: Where everything is kept.
    ///   - keyring: The master keys, under which lies what must be read again.
    ///   - hasher: Where passwords are hashed.
    ///   - leases: What gateways hold of its verdicts.
    ///   - isEnrolled: Whether a user has a second factor; asked when an administrator registers somebody with roles.
    ///   - now: What time it is.
    ///   - token: An unguessable text, each time another.
    package init(
        _ configuration: KeyManagementConfiguration = KeyManagementConfiguration(),
        store: any KeyManagementStore,
        keyring: Keyring,
        hasher: PasswordHasher,
        leases: Leases = .none,
        isEnrolled: @escaping @Sendable (String) async throws -> Bool = { _ in false },
        now: @escaping @Sendable () -> Timestamp = { .now },
        token: @escaping @Sendable () throws -> String = { try Random.token() }
    ) {
        environment = Environment(
            configuration: configuration,
            store: LeasedStore(store: store, leases: leases),
            leases: leases,
            keyring: keyring,
            hasher: hasher,
            now: now,
            token: token
        )
        signing = SigningKeys(environment)
        sessions = Sessions(environment: environment, signing: signing)
        rule = StepUpRule(rule: configuration.adminStepUp, isEnrolled: isEnrolled)
        accounts = Accounts(
            environment: environment,
            sessions: sessions,
            administration: rule,
            personal: StepUpRule(rule: KMS.changePassword.stepUp, isEnrolled: isEnrolled)
        )
        administration = AccountAdministration(environment: environment)
        keys = ServiceKeys(environment: environment)
        audit = AuditTrail { after, limit, filter in
            try await store.read { try $0.auditEntries(after: after, limit: limit, filter) }
        }
    }

    /// A one-time token with which somebody may register as `admin`: what `fountain admin bootstrap` prints. No operation gives it.
    package func makeAdminToken() async throws -> String { try await administration.makeAdminToken() }

    /// After the last call: the store is given back.
    package func close() async { await environment.store.close() }

    /// The audit log, for `fountain audit verify`.
    package let audit: AuditTrail

    /// Moves every sealed value under the newest master key; afterwards the older ones may leave the file.
    package func rewrap() async throws -> RewrapReport { try await Rewrap(environment: environment).run() }

    /// Refuses to work on the store with a keyring that is not its own; the first one is put on record. `isShared`: other processes may
    /// have the store open too.
    ///
    /// - Throws: `KeyringRecord.Mismatch`.
    package func claimStore(isShared: Bool) async throws {
        try await environment.store.write { [keyring = environment.keyring] tables in
            let record = try KeyringRecord(in: tables)
            try record.claimed(by: keyring, isShared: isShared).save(in: tables)
        }
    }

    /// What tells its master keys from others (`Keyring.fingerprint`).
    package var keyringFingerprint: String { environment.keyring.fingerprint }

    /// The operations to serve.
    package var handlers: Handlers {
        var handlers = Handlers()
        bindAccounts(&handlers)
        bindTokens(&handlers)
        bindUsers(&handlers)
        bindKeys(&handlers)
        handlers.on(KMS.follow) { [leases = environment.leases] request, _ in try await leases.follow(request) }
        return handlers
    }
}

extension KeyManagementService {
    private func bindAccounts(_ handlers: inout Handlers) {
        handlers.on(KMS.register) { [accounts] in try await accounts.register($0, $1) }
        handlers.on(KMS.login) { [accounts] in try await accounts.login($0, $1) }
        revoke(KMS.changePassword, &handlers) { [accounts] in try await accounts.changePassword($0, $1) }
    }

    private func bindTokens(_ handlers: inout Handlers) {
        handlers.on(KMS.refresh) { [sessions] in try await sessions.refresh($0, $1) }
        revoke(KMS.logout, &handlers) { [sessions] input, context in
            try await sessions.logout(input, context)
            return Empty()
        }
        handlers.on(KMS.checkToken) { [sessions] token, _ in try await sessions.check(token) }
        handlers.on(KMS.stepUp) { [sessions] in try await sessions.stepUp($0, $1) }
        revoke(KMS.endSessions, &handlers) { [sessions] input, context in
            try await sessions.end(input, context)
            return Empty()
        }
        handlers.on(KMS.jwks) { [signing] _, _ in try await signing.published() }
        takeAway(KMS.revokeTokens, &handlers) { [sessions] input, context in
            try await sessions.revoke(input, context)
            return Empty()
        }
        takeAway(KMS.rotateSigningKey, &handlers) { [signing] in try await signing.rotate($0, $1) }
    }

    private func bindUsers(_ handlers: inout Handlers) {
        administer(KMS.listUsers, &handlers) { [administration] query, _ in try await administration.list(query) }
        administer(KMS.showUser, &handlers) { [administration] user, _ in try await administration.show(user) }
        takeAway(KMS.setRoles, &handlers) { [administration] in try await administration.setRoles($0, $1) }
        takeAway(KMS.disableUser, &handlers) { [administration] in try await administration.disable($0, $1) }
        administer(KMS.enableUser, &handlers) { [administration] in try await administration.enable($0, $1) }
        takeAway(KMS.deleteUser, &handlers) { [administration] in try await administration.delete($0, $1) }
        administer(KMS.listAudit, &handlers) { [audit] query, _ in try await audit.list(query) }
        administer(KMS.verifyAudit, &handlers) { [audit] _, _ in try await audit.verify() }
    }

    private func bindKeys(_ handlers: inout Handlers) {
        handlers.on(KMS.verifyKey) { [keys] candidate, _ in try await keys.verify(candidate) }
        administer(KMS.createKey, &handlers) { [keys] in try await keys.create($0, $1) }
        administer(KMS.showKey, &handlers) { [keys] name, _ in try await keys.show(name) }
        administer(KMS.listKeys, &handlers) { [keys] _, _ in try await keys.list() }
        takeAway(KMS.rotateKey, &handlers) { [keys] in try await keys.rotate($0, $1) }
        takeAway(KMS.deleteKey, &handlers) { [keys] in try await keys.delete($0, $1) }
    }

    /// Binds an operation whose answer says that something does not count any more: also where another call was first.
    private func revoke<Input: Sendable, Output: Sendable>(
        _ operation: Operation<Input, Output>,
        _ handlers: inout Handlers,
        _ body: @escaping @Sendable (Input, CallContext) async throws -> Output
    ) {
        handlers.on(operation) { [leases = environment.leases] input, context in
            try await leases.answering { try await body(input, context) }
        }
    }

    /// Binds an operation of administrators under the step-up rule of this topology.
    private func administer<Input: Sendable, Output: Sendable>(
        _ operation: Operation<Input, Output>,
        _ handlers: inout Handlers,
        _ body: @escaping @Sendable (Input, CallContext) async throws -> Output
    ) {
        handlers.on(operation.requiring(rule.rule)) { [rule, environment] input, context in
            try await environment.requiring(operation.name, on: "", from: AuditSource(context)) {
                try await rule.check(context.principal)
            }
            return try await body(input, context)
        }
    }

    /// The same for what takes something away.
    private func takeAway<Input: Sendable, Output: Sendable>(
        _ operation: Operation<Input, Output>,
        _ handlers: inout Handlers,
        _ body: @escaping @Sendable (Input, CallContext) async throws -> Output
    ) {
        administer(operation, &handlers) { [leases = environment.leases] input, context in
            try await leases.answering { try await body(input, context) }
        }
    }
}
