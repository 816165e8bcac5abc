// The 2FA service: operations bound to rules, a store, a delivery and an issuer of tokens.
//
//     Enrollment    enroll · confirm · disable · status
//     Delivery      generate · contact
//     Verification  verify · contact.confirm; the one place where codes are compared
//
// It keeps no state of its own. It never tells an unknown user from one without a factor, never says why a code was wrong, and lets a
// principal act for itself only.

package import Bus
internal import Contracts
package import Logging
package import Secrets

package struct TwoFactorService: Sendable {
    let configuration: TwoFactorConfiguration
    let store: any TwoFactorStore
    let delivery: any CodeDelivery
    let tokens: any TokenIssuer
    let clock: UnixClock
    let randomness: Randomness
    let logger: Logger
    let vault: Vault
    let totp: TOTP

    /// `keyring` seals secrets and hashes codes, `delivery` brings codes to users, `tokens` makes what a verified code is good for.
    package init(
        configuration: TwoFactorConfiguration = TwoFactorConfiguration(),
        store: any TwoFactorStore,
        keyring: Keyring,
        delivery: any CodeDelivery,
        tokens: any TokenIssuer,
        clock: UnixClock = .system,
        randomness: Randomness = .system,
        logger: Logger = Logger(label: "fountain.2fa")
    ) {
        self.configuration = configuration
        self.store = store
        self.delivery = delivery
        self.tokens = tokens
        self.clock = clock
        self.randomness = randomness
        self.logger = logger
        vault = Vault(keyring: keyring)
        totp = TOTP(algorithm: configuration.algorithm, digits: configuration.digits) ?? .standard
    }

    /// What to serve on the bus as `2fa`.
    package func handlers() -> Handlers {
        var handlers = Handlers()
        handlers.on(TwoFactorOperations.enroll) { _, context in try await enroll(context) }
        handlers.on(TwoFactorOperations.confirm) { try await confirm($0, $1) }
        handlers.on(TwoFactorOperations.disable) { _, context in try await disable(context) }
        handlers.on(TwoFactorOperations.generate) { try await generate($0, $1) }
        handlers.on(TwoFactorOperations.verify) { try await verify($0, $1) }
        handlers.on(TwoFactorOperations.contact) { try await contact($0, $1) }
        handlers.on(TwoFactorOperations.confirmContact) { try await confirmContact($0, $1) }
        handlers.on(TwoFactorOperations.status) { request, _ in try await status(request) }
        return handlers
    }
}
