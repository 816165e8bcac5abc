// What a package outside FountainAI's may ask of the kit besides: clients of its own, one-time codes, PostgreSQL. That it compiles is half of it.

import Bus
import EcosystemTesting
import Guestbook
import Testing

@Suite(.timeLimit(.minutes(2))) struct FromOutsideTests {
    @Test func `a client of one's own sends any method`() async throws {
        try await TestEcosystem.run(services: [Guestbook.service]) { ecosystem in
            let edge = EdgeClient(origin: ecosystem.edge.origin)
            let answer = try await edge.send("PATCH", "/guestbook/entries", Array("{}".utf8))
            #expect(answer.status == 405, "\(answer.text)")
        }
    }

    @Test func `codes are seen as they are sent, and fail where they shall`() async throws {
        try await TestEcosystem.run { ecosystem in
            let ada = try await ecosystem.enrolled(as: "ada")
            await ecosystem.failDeliveries(.refused)
            #expect(try await ada.post("/2fa/auth/generate").status == 502)
            await ecosystem.failDeliveries(nil)
            ecosystem.clock.advance(by: .seconds(60))
            try (try await ada.post("/2fa/auth/generate")).require(200)
            let sent = await ecosystem.sentCodes(to: "ada")
            #expect(sent.map(\.user) == ["ada"] && sent.first?.contact == nil)
            let taken = await ecosystem.sentCode(for: "ada")
            #expect(taken == sent.first)
        }
    }

    @Test(arguments: [false, true]) func `the book is kept on either engine`(isOnPostgreSQL: Bool) async throws {
        let stores = isOnPostgreSQL ? try DatabaseServer.shared.get().newStores() : ""
        let yaml = TestTopology.inProcess(stores: stores)
        try await TestEcosystem.run(services: [Guestbook.service], yaml: yaml) { ecosystem in
            let ada = try await ecosystem.loggedIn(as: "ada")
            try (try await ada.post("/guestbook/entries", ["text": "I was here."])).require(201)
            try await ecosystem.kill("guestbook")
            try await ecosystem.restart("guestbook")
            #expect(try await ecosystem.edge.get("/guestbook/entries")["entries"].items.count == 1)
        }
    }
}
