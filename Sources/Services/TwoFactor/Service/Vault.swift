// What the service does with secrets: seals authenticators' keys at rest, hashes the codes that it sends.
//
// A sealed key is bound to its user and authenticator, so that a row copied to another user does not open. A sent code has 20 bits, so a
// plain hash would hide nothing from who holds the database; it is hashed under a key that lies outside of it.

internal import Secrets

struct Vault: Sendable {
    private static let sealing = "2fa.secret"
    private static let hashing = "2fa.code"

    let keyring: Keyring

    func seal(_ secret: [UInt8], of authenticator: String, _ user: AccountName) throws -> [UInt8] {
        try keyring.seal(secret, purpose: Self.sealing, boundTo: Self.place(authenticator, user))
    }

    func open(_ authenticator: Authenticator, of user: AccountName) throws -> SecretBytes {
        let place = Self.place(authenticator.id, user)
        return SecretBytes(try keyring.open(authenticator.sealedSecret, purpose: Self.sealing, boundTo: place))
    }

    /// The sealed secret under the newest key; nil where it is already.
    func rewrap(_ authenticator: Authenticator, of user: AccountName) throws -> [UInt8]? {
        let place = Self.place(authenticator.id, user)
        return try keyring.rewrap(authenticator.sealedSecret, purpose: Self.sealing, boundTo: place)
    }

    /// The stored form of a code that is sent; `id` is the challenge's.
    func hash(_ code: String, _ id: String, _ user: AccountName) -> [UInt8] {
        hash(code, id, user, key: keyring.newestID)
    }

    /// Whether a code is the one of a challenge. Every key is tried: one may have been added since the code was sent.
    func matches(_ code: OneTimeCode, _ challenge: Challenge, _ user: AccountName) -> Bool {
        keyring.ids.reduce(false) { found, id in
            constantTimeEquals(hash(code.text, challenge.id, user, key: id), challenge.codeHash) || found
        }
    }

    private func hash(_ code: String, _ id: String, _ user: AccountName, key: UInt32) -> [UInt8] {
        guard let key = keyring.derivedKey(for: Self.hashing, id: key) else { return [] }
        return HMAC.authenticate(.sha256, key: key, message: Array("\(id)/\(code)/\(user.text)".utf8))
    }

    private static func place(_ authenticator: String, _ user: AccountName) -> AssociatedData {
        ["authenticator", "secret", user.text, authenticator]
    }
}
