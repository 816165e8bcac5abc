// What blueprints are made from, and how one becomes a running member.

import Bus
import Gateway
import Logging
import Topology
import TwoFactor

struct Assembly: Sendable {
    let topology: Topology
    let context: BusContext
    let logger: Logger
    /// Takes one-time codes where the topology says `sink`.
    let sink = SinkDelivery()

    var layout: DataLayout { DataLayout(topology) }

    func logger(for service: String) -> Logger {
        var logger = logger
        logger[metadataKey: "service"] = "\(service)"
        return logger
    }

    // MARK: Which

    /// The services of a part, by their names in the topology.
    func services(of part: Ecosystem.Part) throws -> [Topology.Service] {
        switch part {
        case .all: topology.servicesToRun
        case .only("gateway"): []
        case .only(let name): [try only(name)]
        }
    }

    private func only(_ name: String) throws -> Topology.Service {
        guard let service = topology.service(name), service.builtin != nil else {
            let known = topology.services.filter { $0.builtin != nil }.map(\.name) + ["gateway"]
            throw Failure(
                .notFound,
                "There is no service \"\(name)\" to run here. Choose one of \(known.joined(separator: ", "))."
            )
        }
        return service
    }

    private func blueprint(_ service: Topology.Service, _ node: Node) throws -> Blueprint {
        switch service.builtin {
        case .kms: try .keyManagement(self, node)
        case .twoFactor: try .twoFactor(self, node)
        case .serviceA: try .serviceA(self)
        case .typesenseClient: try .typesenseClient(self)
        case nil: throw Failure(.notFound, "\(service.name) is somebody else's service.")
        }
    }

    // MARK: Starting

    func start(_ service: Topology.Service) async throws -> Member {
        let lock = try layout.lock(service.name)
        return try await withNode(service.name) { node in
            let blueprint = try blueprint(service, node)
            try await blueprint.check()
            try await node.serve(
                blueprint.handlers,
                topics: blueprint.topics,
                log: blueprint.log,
                at: ServiceAddress(service.replicas[0], \.bind)
            )
            return Member(
                name: service.name,
                node: node,
                background: blueprint.background,
                close: blueprint.close,
                lock: lock
            )
        }
    }

    func startGateway() async throws -> (gateway: Gateway, member: Member) {
        var others: [Node] = []
        do {
            return try await withNode("gateway") { node in
                for _ in 1..<max(1, topology.gateway.threads) { others.append(try self.node("gateway")) }
                let gateway = try Gateway(
                    topology: topology,
                    node: node,
                    besides: others,
                    logger: logger(for: "gateway")
                )
                return (gateway, Member(name: "gateway", node: node, besides: others, background: nil))
            }
        } catch {
            for node in others { await node.shutDown() }
            throw error
        }
    }

    private func node(_ name: String) throws -> Node {
        try Node(
            topology.nodeConfiguration(name, as: topology.peer(name)?.name, logger: logger(for: name)),
            context: context
        )
    }

    /// Makes a node; should what follows fail, it is shut down.
    private func withNode<Value>(_ name: String, _ body: (Node) async throws -> Value) async throws -> Value {
        let node = try self.node(name)
        do { return try await body(node) } catch {
            await node.shutDown()
            throw error
        }
    }
}
