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
        let keys = try await kms.call(KMS.rotateSigningKey, Empty()).keys.map(\.kid)
        #expect(keys.count == 2 && keys.contains(old))
        kms.clock.advance(.seconds(299))
        #expect(try await signer() == old)
        kms.clock.advance(.seconds(1))
        #expect(try await signer() != old)
        #expect(try await published().keys.map(\.kid) == keys)
        // The next rotation finds the old key outlived.
        kms.clock.advance(.seconds(900 + 300))
        let later = try await kms.call(KMS.rotateSigningKey, Empty()).keys.map(\.kid)
        #expect(later.count == 2 && !later.contains(old))
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
