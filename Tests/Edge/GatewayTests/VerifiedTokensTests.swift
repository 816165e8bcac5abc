// What others' caches of tokens got wrong: envoy#24184 (a hit skipped audiences), agentcube#375 (a sliding life, `exp` not looked at),
// heimdall#3446 and CVE-2021-32701, CVE-2026-33496 of oathkeeper (a setting not in the key), arc#323 (revoked ones counted on; here
// `AuthenticationTests` and `RevocationTests`: what is asked behind the verifier is asked each time).

import Bus
import Secrets
import Synchronization
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct VerifiedTokensTests {
    let issuer = FakeIssuer()
    let verified = VerifiedTokens(limit: 1 << 20)
    let mint: TokenMint

    init() throws {
        mint = try TokenMint()
        issuer.keys.withLock { $0 = [mint.publicKey] }
    }

    private func isRemembered(_ token: String, _ settings: TokenSettings = FakeIssuer.settings) -> Bool {
        verified.entry(VerifiedTokens.Key(Array(token.utf8), settings)) != nil
    }

    @Test func `a token is verified once`() async throws {
        let verifier = issuer.verifier(verified: verified)
        let (token, other) = (try await mint.token(), try await mint.token(["sub": .string("bob")]))
        #expect(try await verifier.verify(token).subject == "ada")
        // What is remembered under ada's token is now what bob's said: whoever verified again would not believe it.
        let bob = try await issuer.verifier().verify(other)
        let entry = VerifiedTokens.Entry(claims: bob, keyID: mint.keyID, publicKey: mint.key.publicKey)
        verified.insert(entry, VerifiedTokens.Key(Array(token.utf8), FakeIssuer.settings), size: 1)
        #expect(try await verifier.verify(token).subject == "bob")
    }

    @Test func `its end is looked at each time, and use does not put it off`() async throws {
        let verifier = issuer.verifier(verified: verified)
        let token = try await mint.token(["exp": .integer(TokenMint.now + 10)])
        for second in 0..<10 {
            issuer.seconds.withLock { $0 = TokenMint.now + second }
            _ = try await verifier.verify(token)
        }
        issuer.seconds.withLock { $0 = TokenMint.now + 10 }
        await #expect(throws: Refused.expired) { try await verifier.verify(token) }
        #expect(!isRemembered(token))
    }

    @Test(arguments: ["nbf", "iat"])
    func `its beginning is looked at each time: a clock may be set back`(claim: String) async throws {
        let verifier = issuer.verifier(verified: verified)
        let token = try await mint.token([claim: .integer(TokenMint.now + 60)])
        _ = try await verifier.verify(token)
        issuer.seconds.withLock { $0 -= 1 }
        let refused = await #expect(throws: Refused.self) { try await verifier.verify(token) }
        #expect(refused?.failure.detail.contains("not valid yet") == true)
    }

    @Test func `a token without an end is neither accepted nor remembered`() async throws {
        let token = try await mint.token(["exp": .null])
        await #expect(throws: Refused.self) { try await issuer.verifier(verified: verified).verify(token) }
        #expect(verified.count == 0)
    }

    @Test(
        arguments: [
            TokenSettings(issuer: "other", audience: "fountain"), TokenSettings(issuer: "fountain", audience: "other"),
            TokenSettings(issuer: "fountain", audience: "fountain", algorithm: "HS256"),
            TokenSettings(issuer: "fountain", audience: "fountain", leeway: 5),
            TokenSettings(issuer: "fountain", audience: "fountain", longestLife: 899),
        ]
    )
    func `what one verifier accepted is nothing to one with other settings`(settings: TokenSettings) async throws {
        let token = try await mint.token(["nbf": .integer(TokenMint.now + 6)])
        _ = try await issuer.verifier(verified: verified).verify(token)
        let strict = issuer.verifier(settings, verified: verified)
        await #expect(throws: Refused.self) { try await strict.verify(token) }
        #expect(isRemembered(token) && !isRemembered(token, settings))
    }

    @Test func `failures are not remembered`() async throws {
        let verifier = issuer.verifier(verified: verified)
        let foreign = try await TokenMint(keyID: mint.keyID).token()
        for token in ["", "a.b.c", try mint.unsigned(), foreign, try await mint.token(["aud": .string("x")])] {
            await #expect(throws: Refused.self) { try await verifier.verify(token) }
        }
        #expect(verified.count == 0)
    }

    @Test func `a token goes with the key that signed it`() async throws {
        let verifier = issuer.verifier(verified: verified)
        let token = try await mint.token()
        _ = try await verifier.verify(token)
        issuer.keys.withLock { $0 = [] }
        issuer.pass(.seconds(60))
        await #expect(throws: Refused.self) { try await verifier.verify(token) }
        #expect(!isRemembered(token))
    }

    @Test func `another key of the same name does not vouch for it`() async throws {
        let verifier = issuer.verifier(verified: verified)
        let token = try await mint.token()
        _ = try await verifier.verify(token)
        let successor = try TokenMint(keyID: mint.keyID)
        issuer.keys.withLock { $0 = [successor.publicKey] }
        issuer.pass(.seconds(60))
        await #expect(throws: Refused.self) { try await verifier.verify(token) }
    }

    @Test func `a remembered token is no other one, however like it`() async throws {
        let verifier = issuer.verifier(verified: verified)
        let token = try await mint.token()
        _ = try await verifier.verify(token)
        for other in [token + "A", token + "=", " " + token, String(token.dropLast()), token + "\u{0}"] {
            await #expect(throws: Refused.self) { try await verifier.verify(other) }
        }
    }
}
