// Makes tokens, good ones and every kind of bad one.

import Bus
import Foundation
import Secrets
import Testing

struct TokenMint: Sendable {
    let keyID: String
    let key: Ed25519.PrivateKey
    static let now = 1_800_000_000

    init(keyID: String = "one") throws {
        self.keyID = keyID
        key = try #require(Ed25519.PrivateKey(seed: .random(Ed25519.keyByteCount)))
    }

    var publicKey: JSONValue {
        .object([
            "kty": .string("OKP"), "crv": .string("Ed25519"), "alg": .string("EdDSA"), "use": .string("sig"),
            "kid": .string(keyID), "x": .string(Base64URL.encode(key.publicKey.bytes)),
        ])
    }

    var header: [String: JSONValue] { ["alg": .string("EdDSA"), "typ": .string("JWT"), "kid": .string(keyID)] }

    static let claims: [String: JSONValue] = [
        "sub": .string("ada"), "roles": .array([.string("user")]), "iat": .integer(now - 10),
        "exp": .integer(now + 890),
        "iss": .string("fountain"), "aud": .string("fountain"), "jti": .string("t1"), "amr": .array([.string("pwd")]),
        "token_use": .string("access"),
    ]

    /// A token of `claims` with `changes`; a null takes a claim or header field away.
    func token(_ changes: [String: JSONValue] = [:], header headerChanges: [String: JSONValue] = [:]) async throws
        -> String
    {
        let text = try signedText(changes, headerChanges)
        return text + "." + Base64URL.encode(key.sign(Array(text.utf8)))
    }

    /// Without a signature.
    func unsigned() throws -> String { try signedText([:], ["alg": .string("none")]) + "." }

    /// Signed with HMAC, the public key its secret: what a verifier falls for that lets the header choose the algorithm.
    func confused() async throws -> String {
        let text = try signedText([:], ["alg": .string("HS256")])
        let secret = SecretBytes(key.publicKey.bytes)
        return text + "." + Base64URL.encode(HMAC.authenticate(.sha256, key: secret, message: Array(text.utf8)))
    }

    private func signedText(_ changes: [String: JSONValue], _ headerChanges: [String: JSONValue]) throws -> String {
        let claims = Self.claims.merging(changes) { $1 }.filter { $0.value != .null }
        let header = header.merging(headerChanges) { $1 }.filter { $0.value != .null }
        let encoder = JSONEncoder()
        return try [header, claims].map { Base64URL.encode([UInt8](try encoder.encode($0))) }.joined(separator: ".")
    }
}
