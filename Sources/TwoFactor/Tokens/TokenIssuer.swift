// Who makes the stepped-up token once a code has been verified. The 2FA service signs nothing itself.

package import Contracts

package struct TokenRequest: Sendable, Equatable {
    package let username: String
    /// How the user has proved who it is (RFC 8176): `["pwd", "otp"]`.
    package let amr: [String]
    /// The first-factor token's `jti`; nil where a peer acted by itself.
    package let tokenID: String?
}

package protocol TokenIssuer: Sendable {
    func token(_ request: TokenRequest) async throws -> TwoFactorOperations.Verified
}
