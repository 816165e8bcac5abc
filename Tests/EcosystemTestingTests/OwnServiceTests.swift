// A service that is not built in, beside those that are: it is seen wherever they are.

import Bus
import EcosystemTesting
import FountainService
import Storage
import Testing

@Suite(.timeLimit(.minutes(2))) struct OwnServiceTests {
    private struct Words: Codable, Sendable { var words: String }

    private static let say = Operation<Words, Words>(
        "parrot.say",
        "Says it back",
        .post("/words"),
        access: .user,
        isIdempotent: true
    )

    private static let parrot = Blueprint("parrot") { _ in
        var handlers = Handlers()
        handlers.on(say) { words, _ in words }
        return handlers
    }

    @Test func `it is at the edge, in OpenAPI, in metrics and on the bus`() async throws {
        try await TestEcosystem.run(services: [Self.parrot]) { ecosystem in
            let ada = try await ecosystem.loggedIn(as: "ada")
            #expect(try await ada.post("/parrot/words", ["words": "hello"])["words"] == "hello")
            #expect(try await ecosystem.edge.post("/parrot/words", ["words": "hello"]).status == 401)
            #expect(try await ada.post("/parrot/words", ["word": "hello"]).status == 400)
            let description = try await ecosystem.edge.get("/openapi.json")
            #expect(description["paths"]["/parrot/words"]["post"]["operationId"] == "parrot.say")
            let metrics = try await ecosystem.edge.get("/metrics").text
            #expect(metrics.contains("parrot.say") && metrics.contains(#"service="parrot""#))
            #expect(try await ecosystem.bus.call(BusOperations.ping, Empty(), on: "parrot").service == "parrot")
        }
    }

    @Test func `it is told what the topology says to it`() async throws {
        let echo = Blueprint("parrot") { site in
            let (before, times) = (
                site.settings.text("before", default: "-"), try site.settings.number("times", default: 1, in: 1...3)
            )
            var handlers = Handlers()
            handlers.on(Self.say) { words, _ in
                Words(words: before + String(repeating: words.words, count: times))
            }
            return handlers
        }
        let yaml = TestTopology.inProcess(settings: ["parrot": ["before": "it's: ", "times": "2"]])
        try await TestEcosystem.run(services: [echo], yaml: yaml) { ecosystem in
            let ada = try await ecosystem.loggedIn(as: "ada")
            #expect(try await ada.post("/parrot/words", ["words": "ha"])["words"] == "it's: haha")
        }
        let wrong = TestTopology.inProcess(settings: ["parrot": ["times": "4"]])
        let failure = await #expect(throws: Failure.self) {
            try await TestEcosystem.run(services: [echo], yaml: wrong) { _ in }
        }
        #expect(failure?.detail.hasSuffix("services.parrot.settings.times: must be 1–3, got 4") == true)
    }

    private static let tables = Migration(
        "parrot.1",
        DDL(
            tables: """
                CREATE TABLE word (number INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT
                """
        )
    )
    private static let insert: SQL = "INSERT INTO word (number, word) VALUES ($1, $2)"
    private static let words: SQL = "SELECT word FROM word ORDER BY number"

    /// It keeps what it hears, and says all of it.
    private static let learning = Blueprint("parrot", migrations: [tables]) { _, store in
        var handlers = Handlers()
        handlers.on(say) { words, _ in
            try await store.write { transaction in
                let known = try transaction.rows(Self.words) { $0.text(0) }
                try transaction.run(insert, [.int(known.count + 1), .text(words.words)])
                return Words(words: (known + [words.words]).joined(separator: " "))
            }
        }
        return handlers
    }

    private enum Engine: CaseIterable { case sqlite, postgreSQL }

    @Test(arguments: Engine.allCases) private func `its store is on either engine, and outlives it`(engine: Engine)
        async throws
    {
        let stores = engine == .sqlite ? "" : try DatabaseServer.shared.get().newStores()
        let yaml = TestTopology.inProcess(stores: stores)
        try await TestEcosystem.run(services: [Self.learning], yaml: yaml) { ecosystem in
            let ada = try await ecosystem.loggedIn(as: "ada")
            #expect(try await ada.post("/parrot/words", ["words": "to"])["words"] == "to")
            try await ecosystem.kill("parrot")
            try await ecosystem.restart("parrot")
            #expect(try await ada.post("/parrot/words", ["words": "be"])["words"] == "to be")
        }
    }

    /// Where so many have come, all go on.
    private actor Meeting {
        private var missing: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []

        init(of count: Int) { missing = count }

        func arrive() async {
            missing -= 1
            guard missing <= 0 else { return await withCheckedContinuation { waiting.append($0) } }
            for each in waiting { each.resume() }
            waiting = []
        }
    }

    @Test func `services come up beside each other`() async throws {
        let meeting = Meeting(of: 2)
        let services = ["left", "right"].map { name in
            Blueprint(
                name,
                parts: { _ in
                    await meeting.arrive()
                    return ServiceParts(handlers: Handlers())
                }
            )
        }
        try await TestEcosystem.run(services: services) { ecosystem in
            for service in ["left", "right", "kms"] {
                let pong = try await ecosystem.bus.call(BusOperations.ping, Empty(), on: service)
                #expect(pong.service == service)
            }
        }
    }

    @Test func `it dies and comes back as the others do`() async throws {
        try await TestEcosystem.run(services: [Self.parrot]) { ecosystem in
            let before = try await ecosystem.bus.call(BusOperations.ping, Empty(), on: "parrot").epoch
            try await ecosystem.kill("parrot")
            try await ecosystem.restart("parrot")
            #expect(try await ecosystem.bus.call(BusOperations.ping, Empty(), on: "parrot").epoch != before)
        }
    }

    private struct Account: Codable, Sendable { var username, password: String }

    /// A KMS that lets everybody in, and has no tokens.
    private static let kindly = Blueprint("kms") { _ in
        var handlers = Handlers()
        for (path, success) in [("register", 201), ("login", 200)] {
            let operation = Operation<Account, Words>(
                "kms.\(path)",
                "Answers with words alone",
                .post("/\(path)"),
                success: success,
                access: .public
            )
            handlers.on(operation) { _, _ in Words(words: "welcome") }
        }
        return handlers
    }

    @Test func `a log-in without a token is no client without one`() async throws {
        try await TestEcosystem.run(changing: { $0.name == "kms" ? Self.kindly : $0 }) { ecosystem in
            let wrong = await #expect(throws: UnexpectedAnswer.self) { try await ecosystem.loggedIn() }
            #expect(wrong?.description.hasPrefix("no access_token in ") == true)
        }
    }

    @Test func `a one-time code is taken by whom it was sent to`() async throws {
        try await TestEcosystem.run { ecosystem in
            let ada = try await ecosystem.enrolled(as: "ada")
            try (try await ada.post("/2fa/auth/generate")).require(200)
            let code = try #require(await ecosystem.code(for: "ada"))
            #expect(try await ada.post("/2fa/auth/verify", ["otp_code": .string(code)]).status == 200)
        }
    }
}
