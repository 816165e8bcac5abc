// The topology's limits as the HTTP servers take them, and as many connections as this process's descriptors have room for.

internal import Bus
internal import HTTPServer
internal import Logging
internal import Topology

extension Topology.Gateway {
    func serverConfiguration(of listener: Topology.Listener) -> HTTPServerConfiguration {
        var configuration = HTTPServerConfiguration(
            host: listener.address.host,
            port: UInt16(clamping: listener.address.port)
        )
        configuration.maximumBodyBytes = maxBody
        configuration.maximumDiscardedBytes = maxDiscard
        configuration.limits = requestLimits
        configuration.maximumInFlight = maxInFlight
        configuration.headTimeout = headTimeout
        configuration.receiveTimeout = receiveTimeout
        configuration.idleTimeout = idleTimeout
        // The bus keeps the deadline and says whose it was; the server steps in only where the bus does not.
        configuration.requestTimeout = requestTimeout + .seconds(1)
        configuration.queueTimeout = queueTimeout
        configuration.notice = notice
        configuration.drainTimeout = drainTimeout
        configuration.unfinishedTimeout = unfinishedTimeout
        return configuration
    }

    /// What is held of the verdicts of those who give leases; none where leases, or the memory for them, are turned off.
    func verdictLeases(in topology: Topology, _ logger: Logger) -> [VerdictLease] {
        let length = topology.leases.length
        guard length > .zero, verdictMemory > 0 else { return [] }
        return authority.leases.map { operation in
            let service = topology.service(serviceName(ofOperation: operation))
            return VerdictLease(
                operation,
                replicas: max(1, service?.replicas.count ?? 1),
                length: length,
                limit: verdictMemory,
                logger: logger
            )
        }
    }

    private var requestLimits: RequestLimits {
        var limits = RequestLimits()
        limits.head = maxHeader
        limits.target = min(maxTarget, maxHeader)
        limits.parameters = maxParameters
        limits.fields = maxFields
        limits.cookies = maxCookies
        return limits
    }

    /// Places of connections, and of streams, which have their own.
    struct ConnectionPlaces {
        let connections: Int
        let connectionsFromOne: Int
        let streams: Int
    }

    /// As many as this process has descriptors for. Says in one line what there is, and what became of the wishes.
    func connectionPlaces(_ logger: Logger) -> ConnectionPlaces {
        let (limit, open) = (Descriptors.raise(), Descriptors.open())
        let wanted = maxConnections + events.maxStreams
        let all = Descriptors.connections(wanted: wanted, limit: limit, open: open)
        // Where there are too few, each gives up the same part.
        let most = max(1, all * maxConnections / wanted)
        let places = ConnectionPlaces(
            connections: most,
            connectionsFromOne: min(maxConnectionsPerClient, max(1, most * maxConnectionsPerClient / maxConnections)),
            streams: max(1, all - most)
        )
        logger.log(
            level: all < wanted ? .warning : .info,
            "descriptors",
            metadata: [
                "limit": "\(limit)", "open": "\(open)", "reserved": "\(Descriptors.reserve)",
                "http.connections": "\(places.connections)",
                "http.connections_per_client": "\(places.connectionsFromOne)",
                "http.connections_wanted": "\(maxConnections)", "http.streams": "\(places.streams)",
                "http.streams_wanted": "\(events.maxStreams)",
            ]
        )
        return places
    }

    /// Counts the connections of all ports together.
    func doorkeeper(_ places: ConnectionPlaces) -> Doorkeeper {
        let patience = min(headTimeout, receiveTimeout, idleTimeout)
        let clients = ClientAddress(proxies: proxies)
        return Doorkeeper(
            Places(most: places.connections, mostFromOne: places.connectionsFromOne) { clients.speaksForMany($0) },
            lookingEvery: max(.milliseconds(20), min(.milliseconds(250), patience / 8))
        )
    }
}
