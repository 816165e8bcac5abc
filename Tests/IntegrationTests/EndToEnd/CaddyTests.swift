// From the client's end of the wire: TLS, Caddy, the gateway, the bus, the services. Certificates are checked, names too.

import Bus
import Ecosystem
import EcosystemTesting
import HTTPClient
import Logging
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(3))) struct CaddyTests {
    @Test func `the three scenarios, all of them over HTTPS through Caddy`() async throws {
        try await run { _, caddy in
            try await Scenarios(origin: caddy.origin(), http: caddy.http, say: { _ in }).playAll()
        }
    }

    @Test func `each service has a domain of its own, where its paths need no prefix`() async throws {
        try await run { ecosystem, caddy in
            let user = try await ecosystem.loggedIn()
            #expect(try await caddy.client("kms.localhost").get("/.well-known/jwks.json").status == 200)
            let created = try await caddy.client("service-a.localhost").with(token: user.token ?? "")
                .post("/sequence", ["elementType": "script", "elementId": 1, "comment": "to be"])
            #expect(created.status == 201)
            let enrolled = try await caddy.client("2fa.localhost").with(token: user.token ?? "").post("/auth/enroll")
            #expect(enrolled.status == 201)
            let search = try await caddy.client("typesense.localhost").with(token: user.token ?? "")
                .post("/search", ["q": "*", "query_by": "comment"])
            #expect(search.status == 200)
            #expect(try await caddy.client("kms.localhost").get("/sequence?elementType=script").status == 404)
        }
    }

    @Test func `who does not trust Caddy's authority gets no answer`() async throws {
        try await run { _, caddy in
            let stranger = HTTPClient()
            await #expect(throws: HTTPClientError.tls) {
                _ = try await stranger.send(OutboundRequest(.get, caddy.origin() + "/health"))
            }
            let trusting = EdgeClient(origin: caddy.origin(), authorityFile: caddy.authorityFile)
            let health = try await trusting.get("/health")
            #expect(health.status == 200)
        }
    }

    @Test func `fountain check finds Caddy's certificate good, and says when it is to end`() async throws {
        try await run { ecosystem, caddy in
            let found = await findings(ecosystem, caddy, days: nil)
            #expect(found.filter { !$0.isGood }.map(\.line) == [])
            #expect(found.last?.remark.hasSuffix(" h left") == true)
            // Caddy's own last twelve hours.
            let bad = await findings(ecosystem, caddy, days: 2).filter { !$0.isGood }
            #expect(bad.map(\.claim) == ["\(caddy.origin()): its certificate goes on"])
            #expect(bad.first?.remark.hasSuffix(" h left, and 2 days are wanted") == true)
        }
    }

    private func findings(_ ecosystem: TestEcosystem, _ caddy: RunningCaddy, days: Double?) async -> [Finding] {
        var limits = Checkup.Limits()
        limits.days = days
        let (topology, logger) = (ecosystem.ecosystem.topology, Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return await Checkup(topology, limits: limits, http: caddy.http, logger: logger).certificate(of: caddy.origin())
    }

    @Test func `plain HTTP is sent to HTTPS, and does nothing else`() async throws {
        try await run { ecosystem, caddy in
            let plain = EdgeClient(origin: "http://kms.localhost:\(caddy.plainPort)", http: HTTPClient())
            let answer = try await plain.post("/register", ["username": "ada", "password": "correct horse battery"])
            #expect(answer.status == 301)
            #expect(answer.header("Location") == caddy.origin("kms.localhost") + "/register")
            let login = try await ecosystem.edge.post(
                "/kms/login",
                ["username": "ada", "password": "correct horse battery"]
            )
            #expect(login.status == 401)
        }
    }

    @Test(arguments: [1_048_577, 1_100_000, 1_900_000, 5_000_000])
    func `a body over the gateway's limit is a 413 with a problem document, also through Caddy`(_ bytes: Int)
        async throws
    {
        try await run { ecosystem, caddy in
            let user = try await ecosystem.loggedIn()
            let client = caddy.client().with(token: user.token ?? "")
            let answer = try await client.send(.post, "/service_a/sequence", [UInt8](repeating: 0x20, count: bytes))
            #expect(answer.status == 413)
            #expect(answer.header("Content-Type") == "application/problem+json")
            #expect(answer["code"].string == "payload_too_large")
        }
    }

    @Test func `bad requests keep their problem documents on the way through`() async throws {
        try await run { _, caddy in
            let answer = try await caddy.client().get("/service_a/sequence?elementType=script")
            #expect(answer.status == 401)
            #expect(answer.header("Content-Type") == "application/problem+json")
            #expect(answer.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
            #expect(answer.header("X-Content-Type-Options") == "nosniff")
        }
    }

    private func run(_ body: @Sendable (TestEcosystem, RunningCaddy) async throws -> Void) async throws {
        try await TestEcosystem.run { ecosystem in
            let gateway = ecosystem.edge.origin.dropFirst("http://".count)
            let directory = try TemporaryDirectory()
            try await body(ecosystem, try await RunningCaddy(before: String(gateway), in: directory))
        }
    }
}
