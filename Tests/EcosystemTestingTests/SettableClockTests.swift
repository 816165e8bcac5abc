// A clock that is moved while an ecosystem runs.

import Bus
import EcosystemTesting
import Foundation
import FountainService
import Testing

@Suite(.timeLimit(.minutes(2))) struct SettableClockTests {
    private struct Time: Codable, Sendable { var seconds: Int }

    private static let tell = Operation<Empty, Time>(
        "sundial.tell",
        "Tells the time",
        .get("/time"),
        access: .public,
        isIdempotent: true
    )

    private static let sundial = Blueprint("sundial") { site in
        var handlers = Handlers()
        handlers.on(tell) { _, _ in Time(seconds: Int(site.now().microseconds / 1_000_000)) }
        return handlers
    }

    @Test func `a token expires without anybody waiting, and a new one is good`() async throws {
        try await TestEcosystem.run { ecosystem in
            let ada = try await ecosystem.loggedIn(as: "ada")
            #expect(try await ada.get("/service_a/sequence?elementType=script").status == 200)
            ecosystem.clock.advance(by: .seconds(86_401))
            #expect(try await ada.get("/service_a/sequence?elementType=script").status == 401)
            let login = try await ecosystem.edge.post("/kms/login", ["username": "ada", "password": "secure123"])
            let again = ecosystem.edge.with(token: login["access_token"].string ?? "")
            #expect(try await again.get("/service_a/sequence?elementType=script").status == 200)
        }
    }

    /// What a gateway holds under a lease it holds by another clock.
    @Test func `an API key expires where no gateway holds that it is good`() async throws {
        try await TestEcosystem.run(yaml: TestTopology.inProcess + "\nleases: {length: 0s}") { ecosystem in
            let root = try await ecosystem.loggedIn(as: "root", roles: "admin")
            let made = try await root.post("/kms/keys", ["service_name": "robot", "expires_in": 600])
            try made.require(201)
            var robot = ecosystem.edge
            robot.apiKey = made["api_key"].string
            #expect(try await robot.get("/service_a/sequence?elementType=script").status == 200)
            ecosystem.clock.advance(by: .seconds(500))
            #expect(try await robot.get("/service_a/sequence?elementType=script").status == 200)
            ecosystem.clock.advance(by: .seconds(101))
            #expect(try await robot.get("/service_a/sequence?elementType=script").status == 401)
        }
    }

    @Test func `a one-time code is good for its time and no longer`() async throws {
        try await TestEcosystem.run { ecosystem in
            let ada = try await ecosystem.enrolled(as: "ada")
            try (try await ada.post("/2fa/auth/generate")).require(200)
            let late = try #require(await ecosystem.code(for: "ada"))
            ecosystem.clock.advance(by: .seconds(601))
            #expect(try await ada.post("/2fa/auth/verify", ["otp_code": .string(late)]).status == 401)
        }
    }

    @Test func `one's own service has the same time, from the moment that it is set to`() async throws {
        let then = Date(timeIntervalSince1970: 2_000_000_000)
        try await TestEcosystem.run(services: [Self.sundial], clock: SettableClock(at: then)) { ecosystem in
            let first = try #require(try await ecosystem.edge.get("/sundial/time")["seconds"].integer)
            #expect((2_000_000_000..<2_000_000_120).contains(first))
            ecosystem.clock.advance(by: .seconds(-1_000_000))
            let second = try #require(try await ecosystem.edge.get("/sundial/time")["seconds"].integer)
            #expect((1_999_000_000..<1_999_000_120).contains(second))
            ecosystem.clock.set(to: Date(timeIntervalSince1970: 3_000_000_000))
            #expect(ecosystem.clock.now.timeIntervalSince1970 >= 2_999_999_999)
        }
    }
}
