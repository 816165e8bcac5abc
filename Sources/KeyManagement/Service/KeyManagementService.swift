// The key management service: its parts put together, and its operations bound to them.
//
//     Accounts ─> PasswordGate ─> PasswordHasher       every password goes through one gate
//        └──> Sessions ─> SigningKeys                  every token comes from one place
//     AccountAdministration · ServiceKeys · AuditTrail
//                        └──────── all ────────> KeyManagementStore
//
// It speaks of operations only: no HTTP, and of the topology no more than its configuration.

package import Bus
package import Contracts
package import Secrets

package struct KeyManagementService: Sendable {
    private let environment: Environment
    private let accounts: Accounts
    private let administration: AccountAdministration
    private let sessions: Sessions
    private let signing: SigningKeys
    private let keys: ServiceKeys
    private let audit: AuditTrail

    /// - Parameters:
    ///   - configuration: What the topology says.
    ///   - store: Where everything is kept.
    ///   - keyring: The master keys, under which lies what must be read again.
    ///   - hasher: Where passwords are hashed.
    ///   - isEnrolled: Whether a user has a second factor; asked when an administrator registers somebody with roles.
    ///   - now: What time it is.
    ///   - token: An unguessable text, each time another.
    package init(
        _ configuration: KeyManagementConfiguration = KeyManagementConfiguration(),
        store: any KeyManagementStore,
        keyring: Keyring,
        hasher: PasswordHasher,
        isEnrolled: @escaping @Sendable (String) async throws -> Bool = { _ in false },
        now: @escaping @Sendable () -> Timestamp = { .now },
        token: @escaping @Sendable () throws -> String = { try Random.token() }
    ) {
        environment = Environment(
            configuration: configuration,
            store: store,
            keyring: keyring,
            hasher: hasher,
            now: now,
            token: token
        )
        signing = SigningKeys(environment)
        sessions = Sessions(environment: environment, signing: signing)
        accounts = Accounts(environment: environment, sessions: sessions, isEnrolled: isEnrolled)
        administration = AccountAdministration(environment: environment)
        keys = ServiceKeys(environment: environment)
        audit = AuditTrail(environment: environment)
    }

    /// A one-time token with which somebody may register as `admin`: what `fountain admin bootstrap` prints. No operation gives it.
    package func makeAdminToken() async throws -> String { try await administration.makeAdminToken() }

    /// Whether the audit log is whole: what `fountain audit verify` prints.
    package func verifyAudit() async throws -> KMS.AuditVerdict { try await audit.verify() }

    /// Moves every sealed value under the newest master key; afterwards the older ones may leave the file.
    package func rewrap() async throws -> RewrapReport { try await Rewrap(environment: environment).run() }

    /// The operations to serve.
    package var handlers: Handlers {
        var handlers = Handlers()
        bindAccounts(&handlers)
        bindTokens(&handlers)
        bindUsers(&handlers)
        bindKeys(&handlers)
        return handlers
    }
}

extension KeyManagementService {
    private func bindAccounts(_ handlers: inout Handlers) {
        handlers.on(KMS.register) { [accounts] in try await accounts.register($0, $1) }
        handlers.on(KMS.login) { [accounts] in try await accounts.login($0, $1) }
        handlers.on(KMS.changePassword) { [accounts] input, context in
            try await accounts.changePassword(input, context)
            return Empty()
        }
    }

    private func bindTokens(_ handlers: inout Handlers) {
        handlers.on(KMS.refresh) { [sessions] in try await sessions.refresh($0, $1) }
        handlers.on(KMS.logout) { [sessions] input, context in
            try await sessions.logout(input, context)
            return Empty()
        }
        handlers.on(KMS.checkToken) { [sessions] token, _ in try await sessions.check(token) }
        handlers.on(KMS.stepUp) { [sessions] in try await sessions.stepUp($0, $1) }
        handlers.on(KMS.jwks) { [signing] _, _ in try await signing.published() }
        handlers.on(administrative(KMS.revokeTokens)) { [sessions] input, context in
            try await sessions.revoke(input, context)
            return Empty()
        }
        handlers.on(administrative(KMS.rotateSigningKey)) { [signing] _, context in
            try await signing.rotate(from: AuditSource(context))
        }
    }

    private func bindUsers(_ handlers: inout Handlers) {
        handlers.on(administrative(KMS.listUsers)) { [administration] _, _ in try await administration.list() }
        handlers.on(administrative(KMS.showUser)) { [administration] user, _ in try await administration.show(user) }
        handlers.on(administrative(KMS.setRoles)) { [administration] in try await administration.setRoles($0, $1) }
        handlers.on(administrative(KMS.disableUser)) { [administration] in try await administration.disable($0, $1) }
        handlers.on(administrative(KMS.enableUser)) { [administration] in try await administration.enable($0, $1) }
        handlers.on(administrative(KMS.deleteUser)) { [administration] user, context in
            try await administration.delete(user, context)
            return Empty()
        }
        handlers.on(administrative(KMS.listAudit)) { [audit] query, _ in try await audit.list(query) }
        handlers.on(administrative(KMS.verifyAudit)) { [audit] _, _ in try await audit.verify() }
    }

    private func bindKeys(_ handlers: inout Handlers) {
        handlers.on(KMS.verifyKey) { [keys] candidate, _ in try await keys.verify(candidate) }
        handlers.on(administrative(KMS.createKey)) { [keys] in try await keys.create($0, $1) }
        handlers.on(administrative(KMS.showKey)) { [keys] name, _ in try await keys.show(name) }
        handlers.on(administrative(KMS.listKeys)) { [keys] _, _ in try await keys.list() }
        handlers.on(administrative(KMS.rotateKey)) { [keys] in try await keys.rotate($0, $1) }
        handlers.on(administrative(KMS.deleteKey)) { [keys] name, context in
            try await keys.delete(name, context)
            return Empty()
        }
    }

    /// The operation under the step-up rule of this topology.
    private func administrative<Input, Output>(_ operation: Operation<Input, Output>) -> Operation<Input, Output> {
        operation.requiring(environment.configuration.adminStepUp)
    }
}
