// What is on record of a request that came in over HTTP: from where, at each service that it reached.

import Bus
import Ecosystem
import EcosystemTesting
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(1))) struct AuditTests {
    @Test
    func `the address at which a request came in is on record, also at the service behind the one that was asked`()
        async throws
    {
        try await TestEcosystem.run { ecosystem in
            let root = try await ecosystem.loggedIn(as: "root", roles: "admin")
            let user = try await ecosystem.enrolled()
            try (try await user.post("/2fa/auth/generate")).require(200)
            let code = try #require(await ecosystem.code(for: "ada"))
            try (try await user.post("/2fa/auth/verify", ["otp_code": .string(code)])).require(200)
            for path in ["/kms/audit", "/2fa/audit"] {
                let entries = try await root.get(path)["entries"].items
                let outside = entries.filter { $0["principal"].string?.hasPrefix("service:") != true }
                #expect(!outside.isEmpty)
                #expect(outside.allSatisfy { $0["client"].string == "127.0.0.1" }, "\(path) \(entries)")
            }
            // The token with two factors is asked for by the 2FA service, for somebody at that address.
            let opened = try await root.get("/kms/audit?operation=kms.tokens.stepup")["entries"].items
            #expect(opened.map { $0["client"].string } == ["127.0.0.1"])
            #expect(opened.map { $0["peer"].string } == ["2fa"])
        }
    }
}
