// The testing chapter's own flows, against services on their own ports and on the main origin.

import Bus
import Ecosystem
import EcosystemTesting
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(1))) struct SeedFlowTests {
    @Test func `a registered admin logs in at the KMS's port and the gateway is healthy`() async throws {
        try await TestEcosystem.run { ecosystem in
            let kms = try ecosystem.edge(of: "kms")
            let account: JSONValue = ["username": "testadmin", "password": "secure123", "roles": "admin"]
            #expect(try await kms.post("/register", account).status == 201)
            let login = try await kms.post("/login", ["username": "testadmin", "password": "secure123"])
            #expect(login.status == 200)
            let token = login["access_token"].string ?? ""
            let health = try await ecosystem.edge.with(token: token).get("/health")
            #expect(health.status == 200)
            #expect(health.json == ["status": "healthy"])
        }
    }

    @Test func `the three end-to-end scenarios play`() async throws {
        try await TestEcosystem.run { ecosystem in
            try await Scenarios(origin: ecosystem.edge.origin, say: { _ in }).playAll()
        }
    }

    @Test func `a code that was sent logs the user in, once`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.enrolled()
            try (try await user.post("/2fa/auth/generate")).require(200)
            let code = try #require(await ecosystem.code(for: "ada"))
            let verified = try await user.post("/2fa/auth/verify", ["otp_code": .string(code)])
            #expect(verified.status == 200)
            #expect(verified["success"] == .bool(true))
            let again = try await user.post("/2fa/auth/verify", ["otp_code": .string(code)])
            #expect(again.status == 401)
        }
    }

    @Test func `an outsider learns nothing of who has a second factor`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let answers = try await [
                user.post("/2fa/auth/generate"),
                user.post("/2fa/auth/generate", ["username": "nobody"]),
            ]
            #expect(Set(answers.map(\.status)).count == 1)
            #expect(answers.allSatisfy { $0["detail"].string?.contains("User not found or 2FA not enabled") == true })
        }
    }

    @Test func `every gateway refuses a token from the moment its logout is answered`() async throws {
        try await TestEcosystem.run { ecosystem in
            _ = try await ecosystem.loggedIn()
            let login = try await ecosystem.edge.post("/kms/login", ["username": "ada", "password": "secure123"])
            let user = ecosystem.edge.with(token: login["access_token"].string ?? "")
            #expect(try await user.get("/service_a/sequence?elementType=script").status == 200)
            let logout = try await user.post("/kms/logout", ["refresh_token": login["refresh_token"]])
            #expect(logout.status == 204)
            #expect(try await user.get("/service_a/sequence?elementType=script").status == 401)
        }
    }
}
