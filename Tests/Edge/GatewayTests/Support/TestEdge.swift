// A gateway with real sockets on both sides, its services fake: on a bus and a port of its own, gone when the test's body ends.

import Bus
import Foundation
import HTTPServer
import Logging
import RecordedLogs
import ServiceLifecycle
import Synchronization
import Testing
import Topology

@testable import Gateway

final class TestEdge: Sendable {
    let gateway: Gateway
    let authority = FakeAuthority()
    let mint: TokenMint
    let log: RecordedLog
    let gate = Gate()
    let lifecycle: ServiceGroup
    private let context: BusContext
    let node: Node
    private let addresses: [String: [ServiceAddress]]
    private let served = Mutex<[Node]>([])
    private let seconds: Clock
    private let liveness: Duration

    /// What time it is for the gateway.
    private final class Clock: Sendable {
        let now = Mutex(TokenMint.now)
    }

    static let names = ["service_a", "kms", "2fa"]
    static let services = "service_a: {port: 0}, kms: {}, 2fa: {}"

    /// `more` is appended to the topology's `gateway` section.
    private init(services: String, gateway more: String, liveness: Duration) async throws {
        let yaml = """
            name: edge
            kind: test
            bus: {transport: inproc}
            services: {\(services)}
            gateway: {listen: "127.0.0.1:0", threads: 1, \(more)}
            kms: {scrypt: {ln: 4, r: 1, p: 1}}
            two_factor: {delivery: sink}
            """
        let seconds = Clock()
        (self.seconds, self.liveness) = (seconds, liveness)
        let topology = try Topology.parse(yaml: yaml, file: "edge.yaml", environment: [:])
        let id = UUID().uuidString.prefix(8)
        addresses = Dictionary(
            uniqueKeysWithValues: topology.services.map { service in
                let names = service.replicas.indices.map { "inproc://\(id).\(service.name).\($0 + 1)" }
                return (service.name, names.map { ServiceAddress(calls: "\($0).calls", events: "\($0).events") })
            }
        )
        context = try BusContext()
        log = RecordedLog()
        mint = try TokenMint()
        await authority.publish(mint.publicKey)
        node = try Node(
            Self.configuration("gateway", addresses, liveness: liveness),
            context: context
        )
        gateway = try Gateway(
            topology: topology,
            node: node,
            logger: log.logger,
            pause: .milliseconds(20),
            clock: { seconds.now.withLock { $0 } }
        )
        lifecycle = ServiceGroup(
            configuration: .init(
                services: [.init(service: gateway, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: log.logger
            )
        )
    }

    private static func configuration(
        _ name: String,
        _ directory: [String: [ServiceAddress]] = [:],
        liveness: Duration
    ) -> NodeConfiguration {
        var configuration = NodeConfiguration(name: name, directory: directory)
        configuration.liveness = liveness
        configuration.connectGrace = .milliseconds(50)
        configuration.drainTimeout = .zero
        configuration.logger = Logger(label: "bus") { _ in SwiftLogNoOpLogHandler() }
        return configuration
    }

    /// Runs `body` against a gateway; with `serving` its services are there and met, without only the gateway is.
    static func run(
        services: String = TestEdge.services,
        gateway more: String = "",
        // Long: a machine with much to do must not look like a service that has gone.
        liveness: Duration = .seconds(20),
        serving: Bool = true,
        _ body: (TestEdge) async throws -> Void
    ) async throws {
        let edge = try await TestEdge(services: services, gateway: more, liveness: liveness)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await edge.lifecycle.run() }
            do {
                if serving {
                    try await edge.serveAll()
                    await edge.gateway.waitUntilReady()
                }
                try await body(edge)
            } catch {
                group.cancelAll()
                await edge.shutDown()
                throw error
            }
            group.cancelAll()
            try await group.waitForAll()
            await edge.shutDown()
        }
    }

    func serveAll() async throws {
        try await serve("service_a", Fake.handlers(gate: gate))
        try await serve("kms", authority.keyHandlers())
        try await serve("2fa", authority.factorHandlers())
    }

    /// Lets so many seconds pass.
    func advance(_ seconds: Int) { self.seconds.now.withLock { $0 += seconds } }

    @discardableResult  // most tests let it live until the end
    func serve(
        _ name: String,
        replica: Int = 1,
        _ handlers: Handlers,
        topics: [TopicDescription] = [],
        log: MemoryEventLog? = nil,
        vitals: (@Sendable () async -> Vitals)? = nil
    ) async throws -> Node {
        let address = try #require(addresses[name]?[replica - 1])
        let service = try Node(Self.configuration(name, liveness: liveness), context: context)
        try await service.serve(handlers, topics: topics, log: log, at: address, vitals: vitals)
        served.withLock { $0.append(service) }
        return service
    }

    /// Ends a service before the test does. A node must not be asked anything after that: its loop is gone.
    func stop(_ service: Node) async {
        served.withLock { $0.removeAll { $0 === service } }
        await service.shutDown()
    }

    private func shutDown() async {
        for service in served.withLock({ $0 }) { await service.shutDown() }
        await node.shutDown()
    }

    /// The port of the main origin, or of a service.
    func port(of service: String? = nil) throws -> Int {
        try #require(gateway.listeners.first { $0.service == service }).address.port
    }

    func send(
        _ method: String,
        _ target: String,
        at service: String? = nil,
        host: String = "localhost",
        token: String? = nil,
        headers: [(String, String)] = [],
        json: String? = nil
    ) async throws -> TestHTTP.Response {
        var headers = headers
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        if json != nil, !headers.contains(where: { $0.0 == "Content-Type" }) {
            headers.append(("Content-Type", "application/json"))
        }
        return try await TestHTTP.send(
            method,
            target,
            port: try port(of: service),
            host: host,
            headers: headers,
            body: json.map { Array($0.utf8) } ?? []
        )
    }
}
