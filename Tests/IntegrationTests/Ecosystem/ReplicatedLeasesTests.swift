// Verdicts that two gateways hold of two replicas of the KMS on one PostgreSQL server: what is revoked at one is refused by every gateway once that is
// answered, whatever befalls replicas and their connections meanwhile. `HeldVerdicts` has the same of one KMS with a file.

import Bus
import Contracts
import DatabaseServer
import Ecosystem
import EcosystemTesting
import FountainService
import Leases
import PostgreSQL
import Testing
import Topology

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(4))) struct ReplicatedLeasesTests {
    private static let length = Duration.milliseconds(1_500)
    private static let path = "/service_a/sequence?elementType=script"

    private struct Site: Sendable {
        let ecosystem: TestEcosystem
        let server: DatabaseServer
        /// Beside the ecosystem's own.
        let second: EdgeClient

        var edges: [EdgeClient] { [ecosystem.edge, second] }

        func clients(_ victim: Victim) -> [EdgeClient] {
            edges.flatMap { Array(repeating: $0.with(token: victim.caller.token ?? ""), count: 2) }
        }

        /// A peer that knows one replica of the KMS, from 1 on, and reaches it where it is bound.
        func peer(_ replica: Int) throws -> Node {
            let service = try #require(ecosystem.ecosystem.topology.service("kms"))
            return try ecosystem.bus.looking(at: ServiceAddress(service.replicas[replica - 1], \.bind), of: "kms")
        }

        /// At one replica.
        func logOut(_ victim: Victim, at peer: Node) async throws {
            let principal = try Principal(unverified: try #require(victim.caller.token))
            _ = try await peer.call(KMS.logout, .init(), as: principal, timeout: .seconds(30))
        }

        func held(at edge: EdgeClient) async throws -> Int {
            let lines = try await edge.get("/metrics").text.split(separator: "\n")
            return lines.filter {
                $0.hasPrefix("fountain_gateway_verdicts_total") && $0.contains("service=\"kms\",source=\"held\"")
            }.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
        }

        /// Whether any of some requests was answered by what is held.
        func grows(at edge: EdgeClient, by send: () async throws -> Int) async throws -> Bool {
            let before = try await held(at: edge)
            for _ in 0..<20 { _ = try await send() }
            return try await held(at: edge) > before
        }

        /// Asks until both gateways use what they hold: a replica's first life waits before it gives anything.
        func untilHeld(_ client: (EdgeClient) -> EdgeClient) async throws {
            for edge in edges {
                let before = try await held(at: edge)
                while try await held(at: edge) < before + 10 {
                    #expect(try await client(edge).get(ReplicatedLeasesTests.path).status == 200)
                }
            }
        }
    }

    private static func run(
        faults: [String: FaultPlan] = [:],
        direct: Set<String> = [],
        _ body: @Sendable @escaping (Site) async throws -> Void
    ) async throws {
        let server = try DatabaseServer()
        defer { withExtendedLifetime(server) {} }
        let twice = TestTopology.inProcess.replacing("kms: {port: 0}", with: "kms: {port: 0, replicas: [{}, {}]}")
        let yaml = "\(twice)\nleases: {length: 1500ms}\n\(server.stores)"
        try await TestEcosystem.run(yaml: yaml, faults: faults) { ecosystem in
            try await ecosystem.withSecondGateway(direct: direct) { second in
                try await body(Site(ecosystem: ecosystem, server: server, second: second))
            }
        }
    }

    /// What a client was answered whose requests began after the revocation was.
    private static func expectNobodyIn(_ answers: (before: [Hammer.Answer], after: [Hammer.Answer])) {
        #expect(answers.before.count { $0.status == 200 } >= 100)
        #expect(answers.after.count { $0.status == 200 } == 0, "of \(answers.after.count)")
        #expect(answers.after.contains { $0.status == 401 })
    }

    @Test func `verdicts are held under the leases of both, and without one of them each is asked for`() async throws {
        try await Self.run { site in
            let ada = try await site.ecosystem.loggedIn()
            try await site.untilHeld { $0.with(token: ada.token ?? "") }
            try await site.ecosystem.kill("kms", replica: 2)
            // Its lease ends; from then on whoever asks is answered by the other one.
            while try await site.grows(at: site.ecosystem.edge, by: { try await ada.get(Self.path).status }) {
                try Task.checkCancellation()
            }
            for _ in 0..<50 { #expect(try await ada.get(Self.path).status == 200) }
            try await site.ecosystem.restart("kms", replica: 2)
            try await site.untilHeld { $0.with(token: ada.token ?? "") }
        }
    }

    enum Fault: String, CaseIterable, CustomTestStringConvertible {
        case none, otherIsKilled, connectionsEnd, databaseRestarts

        var testDescription: String { rawValue }
    }

    @Test(arguments: Fault.allCases)
    func `once a replica has answered a revocation no gateway lets the old one in`(fault: Fault) async throws {
        try await Self.run { site in
            let ada = try await Victim(at: Caller(ecosystem: site.ecosystem, transport: .http))
            try await site.untilHeld { $0.with(token: ada.caller.token ?? "") }
            let peer = try site.peer(1)
            let answers = try await Hammer(site.clients(ada)).run(25) {
                switch fault {
                case .none: break
                case .otherIsKilled: try await site.ecosystem.kill("kms", replica: 2)
                case .connectionsEnd:
                    try site.server.ask(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    )
                case .databaseRestarts:
                    try site.server.stop()
                    try site.server.start()
                }
                while true {
                    do { return try await site.logOut(ada, at: peer) } catch let failure as Failure
                        where failure.code == .unavailable || failure.code == .outcomeUnknown
                    { continue }
                }
            }
            await peer.shutDown()
            Self.expectNobodyIn(answers)
        }
    }

    /// The first gateway hears nothing more of the first replica, which commits and dies before it may answer. Who asks the second one finds it done.
    @Test func `a replica that dies between its commit and its answer is waited out by the other`() async throws {
        try await Self.run(faults: ["kms 1": FaultPlan(seed: 1)], direct: ["kms"]) { site in
            let ada = try await Victim(at: Caller(ecosystem: site.ecosystem, transport: .http))
            try await site.untilHeld { $0.with(token: ada.caller.token ?? "") }
            let peers = [try site.peer(1), try site.peer(2)]
            let answers = try await Hammer(site.clients(ada)).run(25) {
                try await site.ecosystem.wire("kms 1").partition()
                let hasEnded = Mutexed(false)
                let first = Task {
                    defer { hasEnded.change { $0 = true } }
                    try await site.logOut(ada, at: peers[0])
                }
                // It is committed, and waits for the gateway that hears nothing.
                while try !Self.isOpen(at: site.server) {
                    try #require(!hasEnded.value, "it ended without a revocation")
                    try Task.checkCancellation()
                    await Task.yield()
                }
                try await site.ecosystem.kill("kms", replica: 1)
                // Where a full machine gave the first one time to settle it, there is nothing to wait out.
                let isOpen = try Self.isOpen(at: site.server)
                let began = ContinuousClock.now
                try await site.logOut(ada, at: peers[1])
                if isOpen { #expect(began.duration(to: .now) >= Self.length) }
                first.cancel()
            }
            for peer in peers { await peer.shutDown() }
            Self.expectNobodyIn(answers)
        }
    }

    /// Whether a revocation is committed and not settled.
    private static func isOpen(at server: DatabaseServer) throws -> Bool {
        try server.ask("SELECT count(*) FROM fountain_kms.open_revocation").integer(0, 0) > 0
    }
}
