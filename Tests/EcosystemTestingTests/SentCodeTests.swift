// One-time codes as a test sees them: who was sent which, what lies there still, and deliveries that fail.

import Bus
import EcosystemTesting
import Testing

@Suite(.timeLimit(.minutes(2))) struct SentCodeTests {
    @Test func `a code is told with where it went and how long it is good, and lies there until it is taken`()
        async throws
    {
        try await TestEcosystem.run { ecosystem in
            let ada = try await ecosystem.enrolled(as: "ada")
            #expect(await ecosystem.sentCodes(to: "ada").isEmpty)
            try (try await ada.post("/2fa/auth/generate")).require(200)
            let lying = await ecosystem.sentCodes(to: "ada")
            #expect(lying.count == 1)
            let sent = try #require(await ecosystem.sentCode(for: "ada"))
            #expect(lying == [sent] && sent.user == "ada" && sent.contact == nil)
            #expect(sent.issuer == "FountainAI" && sent.minutes == 10 && sent.code.utf8.count == 6)
            #expect(await ecosystem.sentCodes(to: "ada").isEmpty)
            let fresh = try await ada.post("/2fa/auth/verify", ["otp_code": .string(sent.code)])
            try fresh.require(200)
            let user = ecosystem.edge.with(token: fresh["access_token"].string ?? "")
            ecosystem.clock.advance(by: .seconds(60))
            try (try await user.put("/2fa/auth/contact", ["email": "ada@example.org"])).require(200)
            #expect(await ecosystem.sentCodes(to: "ada").map(\.contact) == ["ada@example.org"])
        }
    }

    @Test(arguments: DeliveryTrouble.allCases)
    func `deliveries fail from when they are told to until they are told otherwise`(trouble: DeliveryTrouble)
        async throws
    {
        try await TestEcosystem.run { ecosystem in
            let ada = try await ecosystem.enrolled(as: "ada")
            await ecosystem.failDeliveries(trouble)
            let failed = try await ada.post("/2fa/auth/generate")
            #expect(failed["code"] == (trouble == .refused ? "delivery_failed" : "unavailable"), "\(failed.text)")
            #expect(await ecosystem.sentCodes(to: "ada").isEmpty)
            await ecosystem.failDeliveries(nil)
            ecosystem.clock.advance(by: .seconds(60))
            try (try await ada.post("/2fa/auth/generate")).require(200)
            #expect(await ecosystem.sentCodes(to: "ada").count == 1)
        }
    }
}
