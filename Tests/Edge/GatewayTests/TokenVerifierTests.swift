// Bearer tokens, a good one and every kind of bad one, before an issuer in this process that counts how often it is asked for its keys.

import Bus
import Synchronization
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct TokenVerifierTests {
    typealias Issuer = FakeIssuer

    let issuer = Issuer()
    let mint: TokenMint

    init() throws {
        mint = try TokenMint()
        issuer.keys.withLock { $0 = [mint.publicKey] }
    }

    @Test func `a good token says who its holder is`() async throws {
        let claims = try await issuer.verifier().verify(
            try await mint.token(["auth_time": .integer(5), "amr": .array([.string("otp")])])
        )
        let principal = Principal(
            kind: .user,
            subject: "ada",
            roles: ["user"],
            amr: ["otp"],
            authenticatedAt: 5,
            tokenID: "t1"
        )
        #expect(claims.principal == principal)
    }

    @Test(
        arguments: [
            ("exp", .integer(TokenMint.now), "expired"), ("exp", .null, "no access token"),
            ("exp", .string("9999999999"), "no access"), ("exp", .integer(TokenMint.now + 891), "too long a life"),
            ("iat", .integer(TokenMint.now - 11), "too long a life"),
            ("iat", .integer(TokenMint.now + 61), "not valid yet"), ("iat", .null, "no access token"),
            ("nbf", .integer(TokenMint.now + 61), "not valid yet"), ("nbf", .string("0"), "no access token"),
            ("iat", .integer(.min), "no access token"), ("nbf", .integer(.min), "no access token"),
            ("exp", .integer(.max), "no access token"), ("iss", .string("evil"), "another issuer"),
            ("iss", .null, "another issuer"),
            ("aud", .string("other"), "another audience"), ("aud", .null, "another audience"),
            ("aud", .array([.string("other")]), "another audience"), ("sub", .null, "no access token"),
            ("sub", .string(""), "no access token"), ("jti", .null, "no access token"),
            ("roles", .null, "no access token"),
            ("roles", .string("admin"), "no access token"), ("roles", .array([.integer(1)]), "no access token"),
            ("token_use", .string("refresh"), "no access token"), ("token_use", .null, "no access token"),
        ] as [(String, JSONValue, String)]
    )
    func `a token with a claim that does not hold is refused`(claim: String, value: JSONValue, reason: String)
        async throws
    {
        let token = try await mint.token([claim: value])
        let refused = await #expect(throws: Refused.self) { try await issuer.verifier().verify(token) }
        #expect(refused?.failure.detail.contains(reason) == true)
        #expect(refused?.failure.code == .unauthenticated)
    }

    @Test func `an audience among others counts`() async throws {
        let token = try await mint.token(["aud": .array([.string("other"), .string("fountain")])])
        #expect(try await issuer.verifier().verify(token).subject == "ada")
    }

    @Test(
        arguments: [
            ("alg", .string("none")), ("alg", .string("HS256")), ("alg", .string("eddsa")), ("alg", .null),
            ("kid", .null),
            ("kid", .string("ghost")), ("typ", .string("refresh+jwt")), ("typ", .null), ("jku", .string("https://x")),
            ("jwk", .object([:])), ("x5u", .string("x")), ("x5c", .array([])), ("crit", .array([])),
        ] as [(String, JSONValue)]
    )
    func `a header that says anything else is refused, however well signed`(field: String, value: JSONValue)
        async throws
    {
        let token = try await mint.token(header: [field: value])
        await #expect(throws: Refused.self) { try await issuer.verifier().verify(token) }
    }

    @Test func `none, a confused algorithm and a foreign key are refused`() async throws {
        let foreign = try TokenMint(keyID: mint.keyID)
        for token in [try mint.unsigned(), try await mint.confused(), try await foreign.token()] {
            await #expect(throws: Refused.self) { try await issuer.verifier().verify(token) }
        }
    }

    @Test func `a key that the set does not name is not tried under another's name`() async throws {
        let token = try await mint.token(header: ["kid": .string("two")])
        let refused = await #expect(throws: Refused.self) { try await issuer.verifier().verify(token) }
        #expect(refused?.failure.detail == "The token is signed with an unknown key.")
    }

    @Test func `a token changed anywhere is refused`() async throws {
        let token = Array(try await mint.token().utf8)
        let verifier = issuer.verifier()
        for index in token.indices {
            var changed = token
            changed[index] = changed[index] == 0x41 ? 0x42 : 0x41
            let text = String(decoding: changed, as: UTF8.self)
            await #expect(throws: Refused.self) { try await verifier.verify(text) }
        }
    }

    @Test(arguments: ["", ".", "..", "a.b", "a.b.c.d", "é.é.é", "e30.e30.", String(repeating: "a", count: 9_000)])
    func `what is no token is refused without asking for keys`(text: String) async throws {
        await #expect(throws: Refused.self) { try await issuer.verifier().verify(text) }
        #expect(issuer.fetches.withLock { $0 } == 0)
    }

    @Test func `an unknown key makes it ask again, once a second at most`() async throws {
        let verifier = issuer.verifier()
        _ = try await verifier.verify(try await mint.token())
        let rotated = try TokenMint(keyID: "two")
        let token = try await rotated.token()
        issuer.keys.withLock { $0.append(rotated.publicKey) }
        for _ in 0..<5 { await #expect(throws: Refused.self) { try await verifier.verify(token) } }
        #expect(issuer.fetches.withLock { $0 } == 1)
        issuer.pass(.seconds(1))
        #expect(try await verifier.verify(token).subject == "ada")
        #expect(issuer.fetches.withLock { $0 } == 2)
    }

    @Test func `a withdrawn key is gone after a minute`() async throws {
        let verifier = issuer.verifier()
        let token = try await mint.token()
        _ = try await verifier.verify(token)
        issuer.keys.withLock { $0 = [] }
        issuer.pass(.seconds(59))
        _ = try await verifier.verify(token)
        issuer.pass(.seconds(1))
        await #expect(throws: Refused.self) { try await verifier.verify(token) }
    }

    @Test func `while the issuer is away known keys count and unknown ones are undecided`() async throws {
        let verifier = issuer.verifier()
        issuer.isThere.withLock { $0 = false }
        let token = try await mint.token()
        await #expect(throws: Refused.undecided) { try await verifier.verify(token) }
        issuer.isThere.withLock { $0 = true }
        issuer.pass(.seconds(1))
        _ = try await verifier.verify(token)
        issuer.isThere.withLock { $0 = false }
        issuer.pass(.seconds(60))
        _ = try await verifier.verify(token)
        let foreign = try await TokenMint(keyID: "two").token()
        await #expect(throws: Refused.undecided) { try await verifier.verify(foreign) }
    }
}
