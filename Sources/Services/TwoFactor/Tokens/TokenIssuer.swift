// Who makes the stepped-up token once a code has been verified, and ends sessions once a factor has changed. The 2FA service signs nothing
// itself and keeps no sessions.

package import Contracts

package struct TokenRequest: Sendable, Equatable {
    package let username: String
    /// The first-factor token's `jti`: the new token joins its session.
    package let tokenID: String
    /// What was verified beyond the first factor (RFC 8176): `["otp"]`, `["otp", "sms"]`, `["mfa"]`.
    package let amr: [String]
}

package protocol TokenIssuer: Sendable {
    func token(_ request: TokenRequest) async throws -> TwoFactorOperations.Verified
    /// Ends a user's sessions but one.
    func endSessions(of username: String, except kept: String?) async throws
}
