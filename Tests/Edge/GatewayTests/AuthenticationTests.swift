// Who may come in, at the edge, over the real bus.

import Bus
import RecordedLogs
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct AuthenticationTests {
    let thing = #"{"kind":"script","id":1,"note":""}"#

    func create(_ edge: TestEdge, token: String? = nil, headers: [(String, String)] = []) async throws
        -> TestHTTP.Response
    {
        try await edge.send("POST", "/service_a/things", token: token, headers: headers, json: thing)
    }

    @Test func `without a credential the answer is a plain challenge`() async throws {
        try await TestEdge.run { edge async throws in
            let answer = try await create(edge)
            #expect(answer.status == 401)
            #expect(answer["WWW-Authenticate"] == "Bearer realm=\"fountain\"")
            #expect(try answer.problem().code == "unauthenticated")
        }
    }

    @Test func `a bad token is refused, whatever is bad about it`() async throws {
        try await TestEdge.run { edge async throws in
            let mint = edge.mint
            let foreign = try TokenMint(keyID: mint.keyID)
            let ghost = try TokenMint(keyID: "ghost")
            let tokens = [
                try await mint.token(["exp": .integer(TokenMint.now)]), try await foreign.token(),
                try await ghost.token(),
                try mint.unsigned(), try await mint.confused(), try await mint.token(["token_use": .string("refresh")]),
                "nonsense",
            ]
            for token in tokens {
                let answer = try await create(edge, token: token)
                #expect(answer.status == 401)
                #expect(
                    answer["WWW-Authenticate"]?.hasPrefix("Bearer realm=\"fountain\", error=\"invalid_token\"") == true
                )
                #expect(try answer.problem().code == "unauthenticated")
                #expect(!edge.log.text.contains(token))
            }
            #expect(try await create(edge, token: tokens[0]).problem().detail == "The token has expired.")
            #expect(try await create(edge, token: try await mint.token()).status == 201)
        }
    }

    @Test func `an expired token does not keep anybody from what is public, a forged one does`() async throws {
        try await TestEdge.run { edge async throws in
            let expired = try await edge.mint.token(["exp": .integer(TokenMint.now - 1)])
            let answer = try await edge.send("POST", "/service_a/caller", token: expired)
            #expect(try PayloadCoding.decode(Fake.Caller.self, from: answer.body[...]).subject == nil)
            let forged = try await TokenMint(keyID: edge.mint.keyID).token()
            #expect(try await edge.send("POST", "/service_a/caller", token: forged).status == 401)
        }
    }

    @Test func `the service sees for whom it is called`() async throws {
        try await TestEdge.run { edge async throws in
            let answer = try await edge.send("POST", "/service_a/caller", token: try await edge.mint.token())
            let caller = try PayloadCoding.decode(Fake.Caller.self, from: answer.body[...])
            #expect(caller.subject == "ada" && caller.kind == "user")
        }
    }

    @Test func `a missing role is forbidden, not unauthenticated`() async throws {
        try await TestEdge.run { edge async throws in
            let answer = try await edge.send("DELETE", "/service_a/things/script/1", token: try await edge.mint.token())
            #expect(answer.status == 403)
            #expect(try answer.problem().code == "forbidden")
        }
    }

    @Test func `an API key works until the moment it is revoked`() async throws {
        try await TestEdge.run { edge async throws in
            let key = [("X-API-Key", "fk_secret")]
            #expect(try await create(edge, headers: key).status == 401)
            await edge.authority.issue("fk_secret", to: "robot")
            #expect(try await create(edge, headers: key).status == 201)
            await edge.authority.revoke(apiKey: "fk_secret")
            let answer = try await create(edge, headers: key)
            #expect(answer.status == 401)
            #expect(answer["WWW-Authenticate"]?.contains("invalid_token") == true)
            #expect(!edge.log.text.contains("fk_secret"))
        }
    }

    @Test func `an API key with scopes may call only those`() async throws {
        try await TestEdge.run { edge async throws in
            await edge.authority.issue("fk_one", to: "robot", scopes: ["service_a.create"])
            let key = [("X-API-Key", "fk_one")]
            #expect(try await create(edge, headers: key).status == 201)
            #expect(try await edge.send("POST", "/service_a/guarded", headers: key).status == 403)
        }
    }

    @Test func `two credentials at once are refused`() async throws {
        try await TestEdge.run { edge async throws in
            let token = try await edge.mint.token()
            #expect(try await create(edge, token: token, headers: [("X-API-Key", "fk_secret")]).status == 400)
            #expect(try await create(edge, token: token, headers: [("Authorization", "Bearer \(token)")]).status == 400)
            #expect(try await create(edge, headers: [("Authorization", "Basic YTpi")]).status == 401)
        }
    }

    @Test func `who has a second factor must have used it`() async throws {
        try await TestEdge.run { edge async throws in
            let plain = try await edge.mint.token()
            let stepped = try await edge.mint.token(["amr": .array([.string("pwd"), .string("otp")])])
            #expect(try await edge.send("POST", "/service_a/guarded", token: plain).status == 204)
            await edge.authority.enrol("ada")
            let answer = try await edge.send("POST", "/service_a/guarded", token: plain)
            #expect(answer.status == 401)
            #expect(
                answer["WWW-Authenticate"] == "Bearer error=\"insufficient_user_authentication\", acr_values=\"aal2\""
            )
            #expect(try answer.problem().code == "insufficient_user_authentication")
            #expect(try await edge.send("POST", "/service_a/guarded", token: stepped).status == 204)
        }
    }

    @Test func `where a second factor is always asked for, neither a password nor an API key will do`() async throws {
        try await TestEdge.run { edge async throws in
            let stepped = try await edge.mint.token(["amr": .array([.string("mfa")])])
            await edge.authority.issue("fk_robot", to: "robot")
            #expect(try await edge.send("POST", "/service_a/vault", token: try await edge.mint.token()).status == 401)
            #expect(try await edge.send("POST", "/service_a/vault", headers: [("X-API-Key", "fk_robot")]).status == 401)
            #expect(
                try await edge.send("POST", "/service_a/guarded", headers: [("X-API-Key", "fk_robot")]).status == 204
            )
            #expect(try await edge.send("POST", "/service_a/vault", token: stepped).status == 204)
        }
    }

    @Test func `what a token stands for can be ended by its holder after its end, and by nobody else`() async throws {
        try await TestEdge.run(gateway: "authority: {tokens: kms.tokens.check}") { edge async throws in
            await edge.authority.revoke(token: "revoked")
            let ended: [[String: JSONValue]] = [
                [:], ["exp": .integer(TokenMint.now - 1)], ["jti": "revoked"], ["iat": .integer(TokenMint.now + 500)],
            ]
            for changes in ended {
                let token = try await edge.mint.token(changes.merging(["roles": .array(["admin"])]) { $1 })
                let answer = try await edge.send("POST", "/service_a/ending", token: token)
                let caller = try PayloadCoding.decode(Fake.Caller.self, from: answer.body[...])
                #expect(caller.subject == "ada" && caller.roles == [])
            }
            let foreign: [[String: JSONValue]] = [
                ["iss": "other"], ["aud": "other"], ["exp": .integer(TokenMint.now + 900)], ["token_use": "refresh"],
            ]
            for changes in foreign {
                let token = try await edge.mint.token(changes)
                #expect(try await edge.send("POST", "/service_a/ending", token: token).status == 401)
            }
            let forged = try await TokenMint(keyID: edge.mint.keyID).token(["exp": .integer(TokenMint.now - 1)])
            #expect(try await edge.send("POST", "/service_a/ending", token: forged).status == 401)
            let nobody = try await edge.send("POST", "/service_a/ending")
            #expect(try PayloadCoding.decode(Fake.Caller.self, from: nobody.body[...]).subject == nil)
        }
    }

    @Test func `where the topology says whom to ask, a revoked token is refused at once`() async throws {
        try await TestEdge.run(gateway: "authority: {tokens: kms.tokens.check}") { edge async throws in
            let token = try await edge.mint.token()
            #expect(try await create(edge, token: token).status == 201)
            await edge.authority.revoke(token: "t1")
            #expect(try await create(edge, token: token).problem().detail == "The token has been revoked.")
        }
    }

    @Test func `while nobody can say who is who, the answer is 503`() async throws {
        try await TestEdge.run(serving: false) { edge async throws in
            try await edge.serve("service_a", Fake.handlers())
            for await _ in edge.gateway.directory.changes() where edge.gateway.directory.table.unmet == ["kms", "2fa"] {
                break
            }
            for headers in [[("X-API-Key", "fk_x")], [("Authorization", "Bearer \(try await edge.mint.token())")]] {
                let answer = try await create(edge, headers: headers)
                #expect(answer.status == 503)
                #expect(try answer.problem().code == "unavailable")
                #expect(answer["Retry-After"] == "1")
            }
            #expect(try await edge.send("GET", "/service_a/things/script/1").status == 200)
        }
    }
}
