// Which blueprints a topology asks for, and how the gateway is brought up before them.

import Bus
import FountainService
import Gateway
import Logging
import Topology
import TwoFactor

struct Assembly: Sendable {
    let host: ServiceHost
    /// Services that are not built in.
    let own: [Blueprint]
    /// What a blueprint is before it is brought up: itself, but in tests that plant a mistake.
    let changing: @Sendable (Blueprint) -> Blueprint
    /// Takes one-time codes where the topology says `sink`.
    let sink = SinkDelivery()

    var topology: Topology { host.topology }

    // MARK: Which

    /// The services of a part with the number of the replica, in the order of the topology, own ones last.
    func blueprints(of part: Ecosystem.Part) throws -> [(Blueprint, Int)] {
        switch part {
        case .all:
            try topology.servicesToRun.flatMap { service in
                let blueprint = try blueprint(service.name)
                return (1...service.replicas.count).map { (blueprint, $0) }
            } + own.map { ($0, 1) }
        case .only("gateway", _): []
        case .only(let name, let replica): [(try blueprint(name), replica)]
        }
    }

    func blueprint(_ name: String) throws -> Blueprint { changing(try unchanged(name)) }

    private func unchanged(_ name: String) throws -> Blueprint {
        if let blueprint = own.first(where: { $0.name == name }) { return blueprint }
        return switch topology.service(name)?.builtin {
        case .kms: .keyManagement(self)
        case .twoFactor: .twoFactor(self)
        case .serviceA: .serviceA
        case .typesenseClient: .typesenseClient(self)
        case nil: throw unknown(name)
        }
    }

    private func unknown(_ name: String) -> Failure {
        let builtIn = topology.services.filter { $0.builtin != nil }.map(\.name)
        let known = (builtIn + own.map(\.name) + ["gateway"]).joined(separator: ", ")
        return Failure(.notFound, "There is no service \"\(name)\" to run here. Choose one of \(known).")
    }

    // MARK: Starting

    /// `number`: which of those that the topology lists, from 1 on.
    func startGateway(_ number: Int = 1) async throws -> (gateway: Gateway, member: Member) {
        let spans = host.spans(of: "gateway")
        var others: [Node] = []
        do {
            return try await host.withNode("gateway", spans: spans.ring) { node in
                for _ in 1..<max(1, topology.gateway.threads) {
                    others.append(try host.node("gateway", spans: spans.ring))
                }
                let logger = host.logger(for: "gateway")
                let lock = try await answer(on: node, number, telling: spans)
                let gateway = try Gateway(
                    topology: topology,
                    node: node,
                    besides: others,
                    scenarios: PostmanScenario.seed,
                    logger: logger,
                    clock: { [now = host.now] in Int(now().microseconds / 1_000_000) }
                )
                let member = Member(
                    name: "gateway",
                    node: node,
                    besides: others,
                    exporter: spans.exporter,
                    logger: logger,
                    lock: lock
                )
                return (gateway, member)
            }
        } catch {
            for node in others { await node.shutDown() }
            throw error
        }
    }

    /// The gateway has no operations of its own, and answers what everybody answers (`bus.stats`, `bus.spans`). Of several at one place the
    /// first one does.
    private func answer(on node: Node, _ number: Int, telling spans: SpanKeeping) async throws -> ServiceLock? {
        let places = topology.gatewayReplicas
        guard number == 1 || places.indices.contains(number - 1) else {
            throw Failure(
                .notFound,
                "The topology \(topology.name) lists \(places.count) gateways (gateway.bus), and no number \(number)."
            )
        }
        guard !places.isEmpty, let lock = try? host.layout.lock(node.configuration.name, replica: number) else {
            return nil
        }
        try await node.serve(Handlers(), at: ServiceAddress(places[number - 1], \.bind), vitals: spans.vitals)
        return lock
    }
}
