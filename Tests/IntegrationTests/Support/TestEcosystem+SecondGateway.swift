import Bus
import Ecosystem
import EcosystemTesting
import Gateway
import HTTPClient
import Logging
import ServiceLifecycle

extension TestEcosystem {
    /// Another gateway before the same services, for the time of `body`.
    func withSecondGateway<Value: Sendable>(_ body: @Sendable (EdgeClient) async throws -> Value) async throws -> Value
    {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let node = try ecosystem.join(as: "gateway")
        let gateway = try Gateway(topology: ecosystem.topology, node: node, logger: logger)
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
