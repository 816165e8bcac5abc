// The 2FA service: operations bound to rules, a store, a delivery and an issuer of tokens.
//
//     Enrollment      enroll · confirm · disable · status
//     Delivery        generate · contact
//     Verification    verify · contact.confirm; the one place where codes are compared
//     Administration  reset · audit.list · audit.verify
//
// It keeps no state of its own. It never tells an unknown user from one without a factor, never says why a code was wrong, and lets a
// principal act for itself only. What succeeds is on record in the transaction that it happens in, what is refused before the answer.

package import Audit
package import Bus
internal import Contracts
package import Leases
package import Logging
internal import Receipts
package import Secrets

package struct TwoFactorService: Sendable {
    /// The audit log, for `fountain audit verify`.
    package let audit: AuditTrail
    let configuration: TwoFactorConfiguration
    /// Its changes return when no gateway holds any more that somebody has no factor who has one now.
    let store: any TwoFactorStore
    let leases: Leases
    let delivery: any CodeDelivery
    let tokens: any TokenIssuer
    let clock: UnixClock
    let randomness: Randomness
    let logger: Logger
    let vault: Vault
    let receipts: ReceiptBook

    /// `keyring` seals secrets and hashes codes, `delivery` brings codes to users, `tokens` makes what a verified code is good for.
    package init(
        configuration: TwoFactorConfiguration = TwoFactorConfiguration(),
        store: any TwoFactorStore,
        keyring: Keyring,
        delivery: any CodeDelivery,
        tokens: any TokenIssuer,
        leases: Leases = .none,
        clock: UnixClock = .system,
        randomness: Randomness = .system,
        logger: Logger = Logger(label: "fountain.2fa")
    ) {
        self.configuration = configuration
        self.store = LeasedTwoFactorStore(store: store, leases: leases)
        self.leases = leases
        self.delivery = delivery
        self.tokens = tokens
        self.clock = clock
        self.randomness = randomness
        self.logger = logger
        vault = Vault(keyring: keyring)
        receipts = ReceiptBook(keyring, service: "2fa", isBoundToSession: true)
        audit = AuditTrail { try await store.auditEntries(after: $0, limit: $1, $2) }
    }

    /// What to serve on the bus as `2fa`.
    package func handlers() -> Handlers {
        var handlers = Handlers()
        bindUsers(&handlers)
        bindAdministration(&handlers)
        return handlers
    }
}

extension TwoFactorService {
    private func bindUsers(_ handlers: inout Handlers) {
        bind(TwoFactorOperations.enroll, to: &handlers) { _, context in try await enroll(context) }
        bind(TwoFactorOperations.confirm, to: &handlers, takesAway: true) { try await confirm($0, $1) }
        bind(TwoFactorOperations.disable, to: &handlers, ending: { try user($1) }) { _, context in
            try await disable(context)
        }
        bind(TwoFactorOperations.generate, to: &handlers, about: \.username) { try await generate($0, $1) }
        bind(TwoFactorOperations.verify, to: &handlers, about: \.username) { try await verify($0, $1) }
        bind(TwoFactorOperations.contact, to: &handlers) { try await contact($0, $1) }
        bind(TwoFactorOperations.confirmContact, to: &handlers) { try await confirmContact($0, $1) }
        handlers.on(TwoFactorOperations.status) { request, _ in try await status(request) }
        handlers.on(TwoFactorOperations.follow) { request, _ in try await leases.follow(request) }
    }

    private func bindAdministration(_ handlers: inout Handlers) {
        let rule = configuration.adminStepUp
        bind(
            TwoFactorOperations.reset.requiring(rule),
            to: &handlers,
            about: \.username.text.optional,
            ending: { request, _ in AccountName(request.username.text) },
            { try await reset($0, $1) }
        )
        bind(TwoFactorOperations.listAudit.requiring(rule), to: &handlers) { query, context in
            try await requireAdministrator(context)
            return try await audit.list(query)
        }
        bind(TwoFactorOperations.verifyAudit.requiring(rule), to: &handlers) { _, context in
            try await requireAdministrator(context)
            return try await audit.verify()
        }
    }

    /// Binds an operation whose refusals go on record; `about` is the user that its input names. What is not idempotent by itself is by its
    /// Idempotency-Key. `user` is whose sessions it ends. Where it says that something does not count any more (`takesAway`) it waits for what others took away before, too.
    private func bind<Input: Codable & Sendable, Output: Codable & Sendable>(
        _ operation: Operation<Input, Output>,
        to handlers: inout Handlers,
        about named: (@Sendable (Input) -> String?)? = nil,
        takesAway: Bool = false,
        ending user: (@Sendable (Input, CallContext) throws -> AccountName)? = nil,
        _ body: @escaping @Sendable (Input, CallContext) async throws -> Output
    ) {
        let recorded = { @Sendable (input: Input, context: CallContext) async throws -> Output in
            do {
                guard !operation.isIdempotent else { return try await body(input, context) }
                let user = try user?(input, context)
                return try await once(input, context, ending: user) { try await body(input, context) }
            } catch let failure as Failure {
                await recordRefusal(failure, of: named?(input), context)
                throw failure
            }
        }
        handlers.on(operation) { input, context in
            guard takesAway else { return try await recorded(input, context) }
            return try await leases.answering { try await recorded(input, context) }
        }
    }
}

extension String {
    fileprivate var optional: String? { self }
}
