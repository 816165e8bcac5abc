// A gateway that holds verdicts: when it asks, when it does not, and that it does not let in what it was told to forget.

import Bus
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct VerdictLeaseTests {
    private static let only = "authority: {leases: [kms.leases.follow]}"

    private func create(_ edge: TestEdge, key: String) async throws -> Int {
        try await edge.send("POST", "/service_a/guarded", headers: [("X-API-Key", key)]).status
    }

    /// Sends until a request was answered without asking.
    private func untilHeld(_ edge: TestEdge, _ send: () async throws -> Int) async throws {
        while true {
            let asked = await edge.authority.questions
            let status = try await send()
            #expect(status == 204)
            if await edge.authority.questions == asked { return }
        }
    }

    @Test func `what lets somebody in is asked once, and asked again when it is taken away`() async throws {
        try await TestEdge.run(gateway: Self.only) { edge async throws in
            await edge.authority.issue("fk_robot", to: "robot")
            await edge.authority.giveLeases()
            try await untilHeld(edge) { try await create(edge, key: "fk_robot") }
            try await edge.authority.takeAway(apiKey: "fk_robot", of: "robot")
            #expect(try await create(edge, key: "fk_robot") == 401)
        }
    }

    @Test func `what keeps somebody out is asked each time`() async throws {
        try await TestEdge.run(gateway: Self.only) { edge async throws in
            await edge.authority.giveLeases()
            #expect(try await create(edge, key: "fk_robot") == 401)
            await edge.authority.issue("fk_robot", to: "robot")
            #expect(try await create(edge, key: "fk_robot") == 204)
        }
    }

    @Test func `a token is looked at each time, whatever is held of it`() async throws {
        try await TestEdge.run(gateway: Self.only) { edge async throws in
            await edge.authority.giveLeases()
            let token = try await edge.mint.token()
            try await untilHeld(edge) {
                try await edge.send("POST", "/service_a/guarded", token: token).status
            }
            edge.advance(1_000)
            #expect(try await edge.send("POST", "/service_a/guarded", token: token).status == 401)
        }
    }

    @Test func `without a lease each request is asked for`() async throws {
        try await TestEdge.run(gateway: "verdict_memory: 0B, \(Self.only)") { edge async throws in
            await edge.authority.giveLeases()
            await edge.authority.issue("fk_robot", to: "robot")
            for _ in 0..<5 { #expect(try await create(edge, key: "fk_robot") == 204) }
            #expect(await edge.authority.questions == 5)
        }
    }
}
