// Two gateways before the same services: for what one of them is told and the other has to heed.

import Bus
import Ecosystem
import EcosystemTesting
import FountainService
import Gateway
import HTTPClient
import Logging
import ServiceLifecycle
import Topology

extension TestEcosystem {
    /// Another gateway before the same services, for the time of `body`; it reaches the services in `direct` where they are bound, beside the wires that
    /// others go by.
    func withSecondGateway<Value: Sendable>(
        direct: Set<String> = [],
        _ body: @Sendable (EdgeClient) async throws -> Value
    ) async throws -> Value {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var topology = ecosystem.topology
        for index in topology.services.indices where direct.contains(topology.services[index].name) {
            let bound = topology.services[index].replicas[0]
            topology.services[index].replicas[0] = Topology.Replica(
                calls: Topology.Replica.Socket(connect: bound.calls.bind),
                events: Topology.Replica.Socket(connect: bound.events.bind)
            )
        }
        let node = try Node(try topology.nodeConfiguration("gateway", logger: logger), context: ecosystem.context)
        let gateway = try Gateway(topology: topology, node: node, logger: logger)
        let group = ServiceGroup(configuration: .init(services: [.init(service: gateway)], logger: logger))
        async let running: Void = group.run()
        await gateway.waitUntilReady()
        let origin = gateway.listeners.first.map { "http://\($0.address)" } ?? ""
        let result: Result<Value, any Error>
        do { result = .success(try await body(EdgeClient(origin: origin, http: HTTPClient()))) } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await running
        await node.shutDown()
        return try result.get()
    }
}
