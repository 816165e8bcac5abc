// Verdicts that gateways hold, in whole ecosystems: what is revoked is refused by every gateway once the revocation is answered, also by one that is
// cut off, after one was killed, and where the KMS has forgotten everything. `RevocationTests` has the calm.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Leases
import Testing

extension Vulnerabilities {
    @Suite struct HeldVerdicts {
        /// Long enough that a gateway which is cut off goes on for a while.
        private static let length = Duration.milliseconds(1_500)
        private static let topology = TestTopology.inProcess + "\nleases: {length: 1500ms}\n"

        @Test func `verdicts are held, and a request asks nobody`() async throws {
            try await TestEcosystem.run { ecosystem in
                let ada = try await ecosystem.loggedIn()
                let path = "/service_a/sequence?elementType=script"
                // The first ones take the lease.
                while try await held(at: ecosystem.edge) < 10 { #expect(try await ada.get(path).status == 200) }
                // Where the machine stood still a lease is late, and each is asked for meanwhile: not round after round.
                var more = Int.max
                for _ in 0..<6 where more > 5 {
                    let before = try await asked(at: ecosystem.edge)
                    for _ in 0..<50 { #expect(try await ada.get(path).status == 200) }
                    more = try await asked(at: ecosystem.edge) - before
                }
                #expect(more <= 5, "once a minute, and when a lease was late")
            }
        }

        @Test func `a gateway that is cut off lets nobody in any more once a revocation was answered`() async throws {
            try await TestEcosystem.run(yaml: Self.topology, faults: ["kms": FaultPlan(seed: 1)]) { ecosystem in
                // The second gateway reaches the KMS where it is, the first only by the wire.
                try await ecosystem.withSecondGateway(direct: ["kms"]) { second in
                    let caller = Caller(ecosystem: ecosystem, transport: .http)
                    let ada = try await Victim(at: caller)
                    let clients = clients(ada, [ecosystem.edge, second])
                    let (before, after) = try await Hammer(clients).run(25) {
                        try await ecosystem.wire("kms").partition()
                        try (try await second.with(token: ada.caller.token ?? "").post("/kms/logout", .object([:])))
                            .require(204)
                    }
                    #expect(before.count { $0.status == 200 } >= 100)
                    #expect(after.count { $0.status == 200 } == 0, "of \(after.count)")
                    #expect(after.contains { $0.status == 503 }, "the one that cannot ask")
                    #expect(after.contains { $0.status == 401 }, "the one that can")
                    try await ecosystem.wire("kms").heal()
                }
            }
        }

        @Test func `a holder that is gone is waited for once, for a lease at most`() async throws {
            try await TestEcosystem.run(yaml: Self.topology) { ecosystem in
                let caller = Caller(ecosystem: ecosystem, transport: .http)
                var victims: [Victim] = []
                for name in ["ada", "bob", "cyd", "dan", "eve", "flo"] {
                    victims.append(try await Victim(name, at: caller))
                }
                // One wait may take long where the machine stands still; who waited for more than the lease would each time.
                var waits: [Duration] = []
                for victim in victims.prefix(3) where waits.allSatisfy({ $0 >= Self.length * 2 }) {
                    let request = LeaseRequest(holder: "gone \(waits.count)", term: nil, applied: 0)
                    waits.append(
                        try await time {
                            // All that the KMS ever hears of a gateway that is killed then.
                            _ = try await ecosystem.bus.call(KMS.follow, request)
                            try await victim.caller.call(KMS.logout).requireOK()
                        }
                    )
                }
                #expect(waits.allSatisfy { $0 >= Self.length }, "\(waits)")
                #expect(try #require(waits.min()) < Self.length * 2, "\(waits)")
                // Nobody waits for it again.
                var next: [Duration] = []
                for victim in victims.suffix(3) {
                    next.append(try await time { try await victim.caller.call(KMS.logout).requireOK() })
                }
                #expect(try #require(next.min()) < Self.length / 2, "\(next)")
            }
        }

        @Test func `a KMS that was restarted waits out the leases that it has forgotten`() async throws {
            try await TestEcosystem.run(yaml: Self.topology) { ecosystem in
                try await ecosystem.withSecondGateway { second in
                    let caller = Caller(ecosystem: ecosystem, transport: .http)
                    let ada = try await Victim(at: caller)
                    let direct = ada.caller.over(.bus)
                    let (before, after) = try await Hammer(clients(ada, [ecosystem.edge, second])).run(25) {
                        try await ecosystem.kill("kms")
                        try await ecosystem.restart("kms")
                        while try await !direct.call(KMS.logout).isOK {
                            try Task.checkCancellation()
                            await Task.yield()
                        }
                    }
                    #expect(before.count { $0.status == 200 } >= 100)
                    #expect(after.count { $0.status == 200 } == 0, "of \(after.count)")
                }
            }
        }

        @Test func `once a factor is enrolled no gateway lets its user in without it`() async throws {
            try await TestEcosystem.run { ecosystem in
                try await ecosystem.withSecondGateway { second in
                    let caller = Caller(ecosystem: ecosystem, transport: .http)
                    let root = try await Victim("root", roles: "admin", at: caller)
                    let (before, after) = try await Hammer(clients(root, [ecosystem.edge, second]), "/kms/users").run(
                        25
                    ) {
                        _ = try await root.enrolled()
                    }
                    #expect(before.count { $0.status == 200 } >= 100)
                    #expect(after.count { $0.status == 200 } == 0, "of \(after.count)")
                    #expect(after.count { $0.status == 401 } >= 100)
                }
            }
        }

        private func clients(_ victim: Victim, _ edges: [EdgeClient]) -> [EdgeClient] {
            edges.flatMap { Array(repeating: $0.with(token: victim.caller.token ?? ""), count: 2) }
        }

        private func held(at edge: EdgeClient) async throws -> Int {
            try await number("fountain_gateway_verdicts_total", "service=\"kms\",source=\"held\"", at: edge)
        }

        private func asked(at edge: EdgeClient) async throws -> Int {
            try await number("fountain_gateway_verdicts_total", "source=\"asked\"", at: edge)
        }

        private func number(_ name: String, _ label: String, at edge: EdgeClient) async throws -> Int {
            let lines = try await edge.get("/metrics").text.split(separator: "\n")
            return lines.filter { $0.hasPrefix(name) && $0.contains(label) }
                .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
        }

        private func time(_ body: () async throws -> Void) async throws -> Duration {
            let began = ContinuousClock.now
            try await body()
            return began.duration(to: .now)
        }
    }
}
