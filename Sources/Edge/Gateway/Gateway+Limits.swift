// The topology's limits as the HTTP servers take them, and as many connections as this process's descriptors have room for.

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

    private var requestLimits: RequestLimits {
        var limits = RequestLimits()
        limits.head = maxHeader
        limits.target = min(maxTarget, maxHeader)
        limits.parameters = maxParameters
        limits.fields = maxFields
        limits.cookies = maxCookies
        return limits
    }

    /// Counts the connections of all ports together. Says in one line what there is, and what became of the wishes.
    func doorkeeper(_ logger: Logger) -> Doorkeeper {
        let (limit, open) = (Descriptors.raise(), Descriptors.open())
        let most = Descriptors.connections(wanted: maxConnections, limit: limit, open: open)
        let fromOne = min(maxConnectionsPerClient, max(1, most * maxConnectionsPerClient / maxConnections))
        let isFitted = most < maxConnections
        logger.log(
            level: isFitted ? .warning : .info,
            "descriptors",
            metadata: [
                "limit": "\(limit)", "open": "\(open)", "reserved": "\(Descriptors.reserve)",
                "http.connections": "\(most)", "http.connections_per_client": "\(fromOne)",
                "http.connections_wanted": "\(maxConnections)",
            ]
        )
        let patience = min(headTimeout, receiveTimeout, idleTimeout)
        let clients = ClientAddress(proxies: proxies)
        return Doorkeeper(
            Places(most: most, mostFromOne: fromOne) { clients.speaksForMany($0) },
            lookingEvery: max(.milliseconds(20), min(.milliseconds(250), patience / 8))
        )
    }
}
