// The gateway: HTTP on one side, the bus on the other, and between them nothing that knows any one operation.
//
//     HTTPServer (main origin) ──> Edge ──┐
//     HTTPServer (a service's port) ─> Edge ──┼──> Authenticator ──> Nodes, one a loop ══ bus
//                                         └──> Directory (what the services say they answer)
//
// It is compiled against no service: operations are data that services give (`bus.info`). It listens when `init` returns; `run` meets the
// services and lasts until a graceful shutdown, then drains. Handlers run on the node's loop, so nothing here blocks.

package import Bus
import Dispatch
import Foundation
internal import HTTPServer
package import Logging
import ServiceLifecycle
package import Topology

package final class Gateway: Service {
    /// An address that is listened on, with the port as bound.
    package struct Listener: Sendable, Equatable {
        package let address: Topology.Address
        /// The service whose routes are here without their prefix; nil for the main origin.
        package let service: String?
    }

    /// The main origin first, then the services' own ports.
    package let listeners: [Listener]

    let directory: Directory
    private let presence: Presence
    private let servers: [HTTPServer]
    private let hub: EventHub
    private let leases: [VerdictLease]
    /// Where leases are asked for.
    private let node: Node

    /// Binds every listener of the topology.
    ///
    /// - Parameters:
    ///   - topology: What to listen on, what to mount, whom to ask who a caller is.
    ///   - node: The gateway's place on the bus; its directory must have the topology's services. Shut it down after `run` has returned.
    ///   - others: More places of the same kind: connections are dealt out to the loops of all of them.
    ///   - scenarios: What the Postman collection has, where their operations are mounted.
    ///   - logger: Gets one line a request, at info.
    ///   - pause: Between two looks at a service.
    ///   - clock: Unix seconds, against which tokens are held.
    /// - Throws: Where an address cannot be bound; then nothing is left listening.
    package init(
        topology: Topology,
        node: Node,
        besides others: [Node] = [],
        scenarios: [PostmanScenario] = [],
        logger: Logger,
        pause: Duration = .seconds(1),
        clock: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }
    ) throws {
        let nodes = Nodes(first: node, others: others)
        let directory = Directory(topology, nodes: nodes, scenarios: scenarios, logger: logger, pause: pause)
        let metrics = Metrics()
        let leases = topology.gateway.verdictLeases(in: topology, logger)
        let authenticator = Self.authenticator(topology, nodes, leases, logger, clock)
        let hosts = Hosts(topology)
        // Counted over all ports together.
        let allowances = Allowances(topology.gateway.allowances) { DispatchTime.now().uptimeNanoseconds }
        let keysInFlight = KeysInFlight()
        let compressor = Compressor(topology.gateway.compression)
        let presence = Presence()
        let places = topology.gateway.connectionPlaces(logger)
        let doorkeeper = topology.gateway.doorkeeper(places)
        let hub = EventHub(topology.gateway.events, most: places.streams, node: node, logger: logger)
        var servers: [HTTPServer] = []
        for listener in topology.listeners {
            let edge = Edge(
                listens: listener.service,
                hosts: hosts,
                clients: ClientAddress(proxies: topology.gateway.proxies),
                crossOrigin: CrossOrigin(settings: topology.gateway.crossOrigin),
                compressor: compressor,
                allowances: allowances,
                keysInFlight: keysInFlight,
                hub: hub,
                directory: directory,
                pages: OwnPages(
                    directory: directory,
                    metrics: metrics,
                    streams: hub.metrics,
                    leases: leases,
                    clocks: node.clocks,
                    presence: presence
                ),
                authenticator: authenticator,
                nodes: nodes,
                requestTimeout: topology.gateway.requestTimeout,
                maxBody: topology.gateway.maxBody,
                requiresConditions: topology.gateway.requireConditions,
                metrics: metrics,
                logger: logger
            )
            servers.append(try Self.server(listener, topology.gateway, edge, doorkeeper, logger))
        }
        self.directory = directory
        self.presence = presence
        self.servers = servers
        self.hub = hub
        (self.leases, self.node) = (leases, node)
        listeners = zip(topology.listeners, servers).map { listener, server in
            Listener(address: .init(host: listener.address.host, port: Int(server.port)), service: listener.service)
        }
    }

    /// Returns once every service of the topology has been met, or where the task is cancelled.
    package func waitUntilReady() async { await directory.waitUntilComplete() }

    /// The services of the topology that have not been met yet.
    package var unmet: [String] { directory.table.unmet }

    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { hub.finish() }
                group.addTask { await self.directory.run() }
                group.addTask { await self.hub.run() }
                for lease in leases {
                    // Beside the sockets: a revocation waits for its word.
                    group.addTask(executorPreference: self.node.executor) { await lease.follow(by: self.node) }
                }
                for server in servers { group.addTask { try await server.run() } }
                // The servers end by themselves, and the streams with them; the directory when it is told to.
                for _ in servers { try await group.next() }
                group.cancelAll()
            }
            for lease in leases { await lease.leave(by: node) }
        } onGracefulShutdown: {
            self.presence.leave()
        }
    }

    // MARK: Parts

    private static func authenticator(
        _ topology: Topology,
        _ nodes: Nodes,
        _ leases: [VerdictLease],
        _ logger: Logger,
        _ clock: @escaping @Sendable () -> Int
    ) -> Authenticator {
        let authority = topology.gateway.authority
        let keys = KeySet(
            fetch: {
                guard let operation = authority.jwks else { return Array(#"{"keys":[]}"#.utf8) }
                return Array(try await nodes.first.call(operation, payload: Array("{}".utf8), isIdempotent: true))
            },
            logger: logger
        )
        return Authenticator(
            verifier: TokenVerifier(
                keys: keys,
                settings: TokenSettings(
                    issuer: authority.issuer,
                    audience: authority.audience,
                    longestLife: Int(topology.keyManagement.accessTokenLifetime.components.seconds)
                ),
                verified: VerifiedTokens(limit: topology.gateway.tokenMemory),
                clock: clock
            ),
            authority: Authority(nodes: nodes, operations: authority, leases: leases, logger: logger)
        )
    }

    private static func server(
        _ listener: Topology.Listener,
        _ settings: Topology.Gateway,
        _ edge: Edge,
        _ doorkeeper: Doorkeeper,
        _ logger: Logger
    ) throws(Failure) -> HTTPServer {
        let configuration = settings.serverConfiguration(of: listener)
        do {
            return try HTTPServer(
                configuration: configuration,
                logger: logger,
                doorkeeper: doorkeeper,
                loops: edge.nodes.all.map(\.loop),
                limits: { edge.bodyLimit($0) },
                note: { edge.note($0) },
                screen: { edge.screen($0) },
                refusal: { edge.render($0, $1) },
                prompt: { edge.answerPage($0) },
                handler: { await edge.answer($0) }
            )
        } catch { throw .cannotListen(listener, error) }
    }
}
