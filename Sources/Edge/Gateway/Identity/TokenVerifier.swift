// From the text of a bearer token to what it claims, or to why it does not count.
//
// The order matters: header, key, signature, and only then the claims: nothing a stranger wrote is acted upon. The texts of refusals
// never contain any of the token. A token that was found genuine before is known again by its digest; clock and key are looked at all the
// same, at each request.

internal import Bus
internal import Secrets

struct TokenVerifier: Sendable {
    let keys: KeySet
    let settings: TokenSettings
    let verified: VerifiedTokens
    /// Unix seconds.
    let clock: @Sendable () -> Int

    static let longest = 8 << 10

    func verify(_ token: String) async throws(Refused) -> TokenClaims {
        guard token.utf8.count <= Self.longest else { throw .invalidToken("The token is too long.") }
        let bytes = Array(token.utf8)
        let key = VerifiedTokens.Key(bytes, settings)
        if let claims = try await remembered(key) { return claims }
        let entry = try await genuine(bytes)
        try entry.claims.check(at: clock(), leeway: settings.leeway)
        verified.insert(entry, key, size: bytes.count)
        return entry.claims
    }

    /// Who holds a token that is genuine, whatever its time.
    func holder(of token: String) async throws(Refused) -> Principal {
        guard token.utf8.count <= Self.longest else { throw .invalidToken("The token is too long.") }
        return try await genuine(Array(token.utf8)).claims.holder
    }

    /// What was found out before, if it still holds; nil where it has to be found out.
    ///
    /// - Throws: Where the token's time is over.
    private func remembered(_ key: VerifiedTokens.Key) async throws(Refused) -> TokenClaims? {
        guard let entry = verified.entry(key) else { return nil }
        guard try await keys.key(entry.keyID) == entry.publicKey else {
            verified.remove(key)
            return nil
        }
        do {
            try entry.claims.check(at: clock(), leeway: settings.leeway)
        } catch {
            verified.remove(key)
            throw error
        }
        return entry.claims
    }

    /// What a token says that was made here, and the key that shows it.
    private func genuine(_ token: [UInt8]) async throws(Refused) -> VerifiedTokens.Entry {
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .invalidToken("The token is no JSON Web Token.") }
        guard let header = TokenHeader(header, algorithm: settings.algorithm) else {
            throw .invalidToken("The token is not signed in the way asked for.")
        }
        guard let key = try await keys.key(header.keyID) else {
            throw .invalidToken("The token is signed with an unknown key.")
        }
        guard key.isValid(signature, of: Array(token[..<parts[1].endIndex])) else {
            throw .invalidToken("The signature of the token is wrong.")
        }
        return VerifiedTokens.Entry(
            claims: try TokenClaims(claims, signedBy: header.keyID, settings),
            keyID: header.keyID,
            publicKey: key
        )
    }
}
