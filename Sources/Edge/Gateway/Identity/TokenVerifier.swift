// From the text of a bearer token to what it claims, or to why it does not count.
//
// The order matters: header, key, signature, and only then the claims: nothing a stranger wrote is acted upon. The texts of refusals
// never contain any of the token.

internal import Bus
internal import Secrets

struct TokenVerifier: Sendable {
    let keys: KeySet
    let issuer: String
    let audience: String
    /// Unix seconds.
    let clock: @Sendable () -> Int

    static let longest = 8 << 10

    func verify(_ token: String) async throws(Refused) -> TokenClaims {
        guard token.utf8.count <= Self.longest else { throw .invalidToken("The token is too long.") }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .invalidToken("The token is no JSON Web Token.") }
        guard let header = TokenHeader(header) else {
            throw .invalidToken("The token is not signed in the way asked for.")
        }
        guard let key = try await keys.key(header.keyID) else {
            throw .invalidToken("The token is signed with an unknown key.")
        }
        let signed = Array("\(parts[0]).\(parts[1])".utf8)
        guard key.isValid(signature, of: signed) else {
            throw .invalidToken("The signature of the token is wrong.")
        }
        return try TokenClaims(claims, issuer: issuer, audience: audience, now: clock())
    }
}
