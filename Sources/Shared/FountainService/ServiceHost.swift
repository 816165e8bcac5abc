// Brings services up in a topology: lock, node, store, sockets, in this order. What stood already when something fails is ended again.
//
//     let host = ServiceHost(topology: topology, context: try await .of(topology), logger: logger)
//     let member = try await host.start(blueprint)       it listens when this returns
//     try await member.run()                             until graceful shutdown
//
// One process a replica and data directory: a second one is refused (`ServiceLock`).

package import Bus
internal import HTTPClient
package import Logging
internal import Telemetry
package import Topology

package struct ServiceHost: Sendable {
    package let topology: Topology
    /// The processes' meeting place over `inproc`, and who guards it over `tcp`.
    package let context: BusContext
    package let logger: Logger
    /// Reaches the topology's collector, where it names one.
    let collector: HTTPClient?
    /// What time it is for all of them.
    package let now: @Sendable () -> Deadline

    package init(
        topology: Topology,
        context: BusContext,
        logger: Logger,
        now: @escaping @Sendable () -> Deadline = { .now }
    ) {
        self.topology = topology
        self.context = context
        self.logger = logger
        collector = HTTPClient(topology.telemetry)
        self.now = now
    }

    package var layout: DataLayout { DataLayout(topology) }

    package func logger(for service: String) -> Logger {
        var logger = logger
        logger[metadataKey: "service"] = "\(service)"
        return logger
    }

    // MARK: Starting

    /// Brings a replica of a service up.
    ///
    /// - Parameters:
    ///   - blueprint: The service.
    ///   - replica: Which of those that the topology lists, from 1 on.
    /// - Returns: The replica, which listens; run it.
    /// - Throws: `Failure` with `not_found` where the topology does not name it, `conflict` where it runs already, and what keeps it from
    ///   starting.
    package func start(_ blueprint: Blueprint, replica: Int = 1) async throws -> Member {
        guard let service = topology.service(blueprint.name) else {
            throw Failure(
                .notFound,
                "The topology \(topology.name) names no service \"\(blueprint.name)\": add `\(blueprint.name): {}` to its services."
            )
        }
        guard service.replicas.indices.contains(replica - 1) else {
            let count = service.replicas.count
            throw Failure(
                .notFound,
                "The topology \(topology.name) lists \(count) replicas of \(service.name), and no number \(replica)."
            )
        }
        let lock = try layout.lock(service.name, replica: replica)
        do { return try await start(blueprint, service, replica, lock) } catch {
            lock.release()
            throw error
        }
    }

    private func start(
        _ blueprint: Blueprint,
        _ service: Topology.Service,
        _ replica: Int,
        _ lock: ServiceLock
    ) async throws -> Member {
        var logger = logger(for: service.name)
        if service.replicas.count > 1 { logger[metadataKey: "replica"] = "\(replica)" }
        let spans = spans(of: service.name, replica: replica)
        return try await withNode(service.name, spans: spans.ring) { [logger] node in
            let site = try Site(
                name: service.name,
                replica: replica,
                node: node,
                logger: logger,
                topology: topology,
                now: now
            )
            let parts = try await blueprint.parts(site)
            do {
                try await parts.check()
                try await node.serve(
                    parts.handlers,
                    topics: parts.topics,
                    log: parts.log,
                    at: ServiceAddress(service.replicas[replica - 1], \.bind),
                    vitals: vitals(parts, of: node, spans.exporter)
                )
            } catch {
                await parts.close()
                throw error
            }
            return Member(
                name: service.name,
                replica: replica,
                node: node,
                parts: parts,
                exporter: spans.exporter,
                logger: logger,
                lock: lock
            )
        }
    }

    /// What the service says of itself, what its exporter has lost, and the room on its disk. The node asks for them, so it is not held by what it
    /// asks.
    private func vitals(
        _ parts: ServiceParts,
        of node: Node,
        _ exporter: SpanExporter?
    ) -> @Sendable () async -> Vitals {
        { [weak node, vitals = parts.vitals, directory = layout.directory] in
            guard let node else { return Vitals() }
            var all = await vitals?(node) ?? Vitals()
            all.numbers.merge(exporter?.numbers ?? [:]) { own, _ in own }
            all.numbers.merge(DiskRoom(at: directory)?.numbers ?? [:]) { own, _ in own }
            return all
        }
    }

    /// `spans`: where it remembers its calls, together with others or for a collector (`spans(of:)`).
    package func node(_ name: String, spans: SpanRing? = nil) throws -> Node {
        var configuration = try topology.nodeConfiguration(
            name,
            as: topology.peer(name)?.name,
            logger: logger(for: name)
        )
        configuration.sharedSpans = spans
        return try Node(configuration, context: context)
    }

    /// Makes a node; should what follows fail, it is shut down.
    package func withNode<Value>(
        _ name: String,
        spans: SpanRing? = nil,
        _ body: (Node) async throws -> Value
    ) async throws -> Value {
        let node = try self.node(name, spans: spans)
        do { return try await body(node) } catch {
            await node.shutDown()
            throw error
        }
    }

    // MARK: While it runs

    /// Takes over the peers of a topology that was read anew: their keys and their rights, nothing else. Whoever is not in it any more is
    /// nobody from then on.
    ///
    /// - Throws: `Failure` naming what is wrong with it; then everything stays as it was.
    package func reload(_ changed: Topology) throws {
        guard changed.isSecured, topology.isSecured else {
            throw Failure(.invalidRequest, "Only keys and rights of peers can be read anew, and this bus has none.")
        }
        context.trust?.replace(with: try changed.trustedPeers())
        logger.notice("read the peers anew", metadata: ["bus.peers": "\(changed.peers.count)"])
    }
}
