// Whom a call acts for, and whether a second factor was verified recently enough.

internal import Bus
internal import Contracts

extension TwoFactorService {
    /// The user of a call: the token's; for a peer without one, the user it names.
    ///
    /// - Throws: `Failure` with `two_factor_not_enabled` where a principal names anybody but itself, just as if that user did not exist.
    func user(named username: String?, _ context: CallContext) throws(Failure) -> AccountName {
        guard context.principal != nil else {
            guard let username else { throw .invalid("username", "is required where no token says who it is") }
            return AccountName(canonical: username)
        }
        let user = try user(context)
        guard username.map(AccountName.init(canonical:)) ?? user == user else { throw Self.notEnabled }
        return user
    }

    /// The user and the `jti` of its first-factor token, without which there is no session that a stepped-up token could join.
    func session(named username: String?, _ context: CallContext) throws(Failure) -> (AccountName, tokenID: String) {
        let principal = try context.requirePrincipal()
        let user = try user(named: username, context)
        guard let tokenID = principal.tokenID else { throw Failure(.unauthenticated, "Send the token of a login.") }
        return (user, tokenID)
    }

    /// The session of the caller's token; nil for a peer.
    func session(_ context: CallContext) -> String? { context.principal?.tokenID.map(KMS.session) }

    /// The user of the token; API keys have no second factor.
    func user(_ context: CallContext) throws(Failure) -> AccountName {
        let principal = try context.requirePrincipal()
        guard principal.kind == .user else {
            throw Failure(.forbidden, "Two-factor authentication is for users, not for API keys.")
        }
        return AccountName(principal.subject)
    }

    /// The gateway asks this too; here it also holds for calls that come over the bus, and for the age of the proof.
    func requireFreshFactor(_ context: CallContext) throws(Failure) {
        let verifiedAt = context.principal.flatMap { $0.isSteppedUp ? $0.authenticatedAt : nil }
        // A peer may say any number: it is compared, never subtracted.
        let now = clock.now()
        guard let verifiedAt = verifiedAt.map(Int64.init), !now.isBehind(verifiedAt),
            verifiedAt >= now - configuration.freshness
        else {
            throw Failure(
                .insufficientUserAuthentication,
                "Verify a one-time code first (/2fa/auth/verify) and send the token that it gives.",
                challenge: .init(acrValues: KMS.secondFactor, maxAge: Int(configuration.freshness))
            )
        }
    }

    static let notEnabled = Failure(.twoFactorNotEnabled, "User not found or 2FA not enabled")
    static let rejected = Failure(.otpRejected, "The code is wrong, expired or used. Take the next one.")
}
