// The keys that sign tokens: published before they sign, kept while their tokens live, and gone at once after a leak.

import Bus
import Contracts
import Foundation
import Secrets
import Testing

@testable import KeyManagement

@Suite struct SigningKeyTests {
    let kms: TestKMS

    init() throws { kms = try TestKMS() }

    private func published() async throws -> KMS.KeySet { try await kms.call(KMS.jwks, Empty()) }

    /// The `kid` that a new token is signed with.
    private func signer() async throws -> String {
        let header = try #require(try await kms.login("ada").accessToken.split(separator: ".").first)
        let bytes = try #require(
            Data(base64Encoded: header + String(repeating: "=", count: (4 - header.count % 4) % 4))
        )
        return try JSONDecoder().decode([String: String].self, from: bytes)["kid"] ?? ""
    }

    @Test func `tokens verify with the published keys`() async throws {
        try await kms.register("ada")
        let token = try await kms.login("ada").accessToken
        let parts = token.split(separator: ".").map(String.init)
        let key = try #require(Base64URL.decode(try await published().keys[0].x).flatMap(Ed25519.PublicKey.init))
        let signature = try #require(Base64URL.decode(parts[2]))
        #expect(key.isValid(signature, of: Array("\(parts[0]).\(parts[1])".utf8)))
        let claims = try PayloadCoding.decode(AccessClaims.self, from: try #require(Base64URL.decode(parts[1]))[...])
        #expect(claims.sub == "ada")
    }

    @Test func `there is a key before the first login, and it is the one that signs`() async throws {
        let keys = try await published().keys
        #expect(keys.count == 1)
        #expect(keys[0].kty == "OKP" && keys[0].crv == "Ed25519" && keys[0].alg == "EdDSA" && keys[0].use == "sig")
        try await kms.register("ada")
        #expect(try await signer() == keys[0].kid)
    }

    @Test func `a new key is published before it signs, and the old one stays while its tokens live`() async throws {
        try await kms.register("ada")
        let old = try await signer()
        let keys = try await kms.call(KMS.rotateSigningKey, .init()).keys.map(\.kid)
        #expect(keys.count == 2 && keys.contains(old))
        kms.clock.advance(.seconds(299))
        #expect(try await signer() == old)
        kms.clock.advance(.seconds(1))
        #expect(try await signer() != old)
        #expect(try await published().keys.map(\.kid) == keys)
        // Once its last token has ended it is gone, by itself.
        kms.clock.advance(.seconds(899))
        #expect(try await published().keys.count == 2)
        kms.clock.advance(.seconds(1))
        #expect(try await published().keys.map(\.kid) == keys.filter { $0 != old })
    }

    @Test(arguments: Backend.allCases)
    func `what a retired key has signed is refused when its last token has ended, whatever the token says`(
        backend: Backend
    ) async throws {
        let kms = try TestKMS(backend)
        try await kms.register("ada")
        let session = try Claims(token: try await kms.login("ada").accessToken).jti
        let old = try await kms.signer()
        _ = try await kms.call(KMS.rotateSigningKey, .init())
        kms.clock.advance(.seconds(300))
        try await kms.login("ada")
        #expect(try await kms.signer() != old)
        // Signed before it was retired: good. After: nobody but a thief.
        #expect(try await kms.isActive(jti: session, of: "ada", kid: old, age: 1))
        kms.clock.advance(.seconds(1))
        #expect(try await !kms.isActive(jti: session, of: "ada", kid: old))
        kms.clock.advance(.seconds(898))
        #expect(try await kms.isActive(jti: session, of: "ada", kid: old, age: 899))
        kms.clock.advance(.seconds(1))
        #expect(try await !kms.isActive(jti: session, of: "ada", kid: old, age: 900, life: 901))
        #expect(try await !kms.isActive(jti: session, of: "ada", kid: old, age: 900))
        #expect(try await kms.isActive(jti: session, of: "ada"))
    }

    @Test(arguments: [901, 86_400, Int.max - 2_000_000_000])
    func `no token lives longer than one that was made here`(life: Int) async throws {
        try await kms.register("ada")
        let session = try Claims(token: try await kms.login("ada").accessToken).jti
        #expect(try await !kms.isActive(jti: session, of: "ada", life: life))
        #expect(try await kms.isActive(jti: session, of: "ada", life: 900))
    }

    @Test func `a token that says more roles than its account has is refused`() async throws {
        try await kms.register("ada")
        let session = try Claims(token: try await kms.login("ada").accessToken).jti
        #expect(try await !kms.isActive(jti: session, of: "ada", roles: ["admin", "user"]))
        #expect(try await kms.isActive(jti: session, of: "ada", roles: ["user"]))
    }

    @Test(arguments: Backend.allCases)
    func `after a leak nothing that the key has signed is good, and every session has ended`(
        backend: Backend
    ) async throws {
        let kms = try TestKMS(backend)
        let root = try await kms.admin()
        try await kms.register("ada")
        let ada = try await kms.login("ada")
        let leaked = try await kms.signer()
        let left = try await kms.call(KMS.rotateSigningKey, .init(revoke: true), as: root).keys.map(\.kid)
        #expect(left.count == 1 && left != [leaked])
        let jti = try Claims(token: ada.accessToken).jti
        #expect(try await !kms.isActive(jti: jti, of: "ada", kid: leaked))
        #expect(try await !kms.isActive(jti: jti, of: "ada"))
        #expect(try await !kms.isActive(root))
        let refusal = try await kms.refusal(KMS.refresh, .init(refreshToken: ada.refreshToken))
        #expect(refusal == KMS.invalidRefreshToken)
        // The new key signs at once, and its tokens count.
        #expect(try await kms.isActive(try await kms.principal("ada")))
        #expect(try await kms.signer() == left[0])
    }

    @Test func `a key that has had its time is replaced by itself`() async throws {
        try await kms.register("ada")
        let old = try await signer()
        kms.clock.advance(.seconds(30 * 86_400))
        #expect(try await published().keys.count == 2)
        kms.clock.advance(.seconds(300))
        #expect(try await signer() != old)
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backend.allCases)
    func `of many first callers one makes the key`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        let sets = try await withThrowingTaskGroup(of: KMS.KeySet.self) { group in
            for _ in 0..<20 { group.addTask { try await kms.call(KMS.jwks, Empty()) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sets.allSatisfy { $0 == sets[0] })
        #expect(sets[0].keys.count == 1)
    }

    @Test func `the private half lies sealed`() async throws {
        let keyring = try Keyring.ephemeral()
        let kms = try TestKMS(keyring: keyring)
        _ = try await kms.call(KMS.jwks, Empty())
        let key = try #require(try await kms.store.read { try $0.all(SigningKey.self) }.first)
        let purpose = "kms.\(SigningKey.table)"
        let opened = try keyring.open(Array(key.sealed), purpose: purpose, boundTo: [SigningKey.table, key.id])
        #expect(Ed25519.PrivateKey(seed: SecretBytes(opened))?.publicKey.bytes == [UInt8](key.publicKey))
        #expect(key.sealed.range(of: Data(opened)) == nil)
    }
}
