// What an ecosystem of a test has logged.

import Bus
import EcosystemTesting
import FountainService
import Logging
import Testing

@Suite(.timeLimit(.minutes(2))) struct CapturedLogTests {
    private struct Words: Codable, Sendable { var words: String }

    private static let say = Operation<Words, Words>(
        "parrot.say",
        "Says it back",
        .post("/words"),
        access: .public,
        isIdempotent: true
    )

    private static let parrot = Blueprint("parrot") { site in
        var handlers = Handlers()
        handlers.on(say) { words, _ in
            site.logger.notice("said", metadata: ["words": "\(words.words)"])
            return words
        }
        return handlers
    }

    @Test func `a line of one's own service is there with its fields when the answer is`() async throws {
        try await TestEcosystem.run(services: [Self.parrot]) { ecosystem in
            try (try await ecosystem.edge.post("/parrot/words", ["words": "a \"b\"\nc"])).require(200)
            let line = try #require(ecosystem.log.lines.first { $0.message == "said" })
            #expect(line["words"] == "a \"b\"\nc" && line["service"] == "parrot")
            #expect(line.level == .notice && line["trace"].string != nil)
        }
    }

    @Test(arguments: [(CapturedLog.Level.info, true), (.notice, false)])
    func `requests are kept from info on`(_ level: CapturedLog.Level, _ isKept: Bool) async throws {
        try await TestEcosystem.run(logs: level) { ecosystem in
            #expect(try await ecosystem.edge.get("/nowhere").status == 404)
            let other = try await ecosystem.edge.get("/openapi.json")
            #expect(other.status == 200)
            let requests = ecosystem.log.lines.filter { $0.message == "request" }
            #expect(requests.isEmpty != isKept)
            if isKept {
                let line = await ecosystem.log.first { $0.message == "request" && $0["http.status"] == 404 }
                #expect(line?.level == .info)
            }
        }
    }

    @Test func `ecosystems beside each other have each its own lines, and one is waited for`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in ["one", "two", "three"] {
                group.addTask {
                    try await TestEcosystem.run(services: [Self.parrot]) { ecosystem in
                        async let said = ecosystem.log.first { $0.message == "said" }
                        try (try await ecosystem.edge.post("/parrot/words", ["words": .string(name)])).require(200)
                        #expect(await said?["words"] == .string(name))
                        #expect(ecosystem.log.lines.count { $0.message == "said" } == 1)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `who waits for a line that never comes is let go when the task is cancelled`() async throws {
        try await TestEcosystem.run { ecosystem in
            let waiting = Task { await ecosystem.log.first { $0.message == "nobody says this" } }
            waiting.cancel()
            #expect(await waiting.value == nil)
        }
    }

    @Test func `who does not wait for ever is given the line, or told what came instead`() async throws {
        try await TestEcosystem.run(services: [Self.parrot]) { ecosystem in
            try (try await ecosystem.edge.post("/parrot/words", ["words": "hello"])).require(200)
            #expect(try await ecosystem.log.first(within: .seconds(30)) { $0.message == "said" }["words"] == "hello")
            let silence = await #expect(throws: CapturedLog.Silence.self) {
                try await ecosystem.log.first(within: .milliseconds(1)) { $0.message == "nobody says this" }
            }
            #expect(silence?.description.contains("hello") == true)
            let waiting = Task { try await ecosystem.log.first(within: .seconds(600)) { _ in false } }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }
}
