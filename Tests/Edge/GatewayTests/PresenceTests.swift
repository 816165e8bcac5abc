// When a proxy may send a gateway requests.

import ServiceLifecycle
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct PresenceTests {
    @Test func `a gateway is here once it has met the services, or has waited for them`() {
        let began = ContinuousClock.now
        let presence = Presence(began: began)
        #expect(presence.now(hasMetAll: false, at: began) == .arriving)
        #expect(presence.now(hasMetAll: true, at: began) == .here)
        #expect(presence.now(hasMetAll: false, at: began + .seconds(60)) == .here)
        presence.leave()
        #expect(presence.now(hasMetAll: true, at: began) == .leaving)
    }

    @Test func `its page says so, and health does not: it lives`() async throws {
        try await TestEdge.run(serving: false) { edge async throws in
            let answer = try await edge.send("GET", "/ready/gateway")
            #expect(answer.status == 503)
            #expect(try answer.problem().detail.contains("not met"))
            #expect(try await edge.send("GET", "/health").status == 200)
            try await edge.serveAll()
            await edge.gateway.waitUntilReady()
            #expect(try await edge.send("GET", "/ready/gateway").text == #"{"status":"ready"}"#)
        }
    }

    @Test func `told to end it says so, and serves on for as long as the topology gives notice`() async throws {
        try await TestEdge.run(gateway: "notice: 20s") { edge async throws in
            await edge.lifecycle.triggerGracefulShutdown()
            var answer = try await edge.send("GET", "/ready/gateway")
            while answer.status == 200 {
                try Task.checkCancellation()
                answer = try await edge.send("GET", "/ready/gateway")
            }
            #expect(try answer.problem().detail.contains("about to end"))
            #expect(try await edge.send("GET", "/service_a/things/script/7").status == 200)
        }
    }
}
