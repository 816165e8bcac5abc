// The topology's view of the bus, in the bus's own words.

package import Bus
package import Logging
package import Topology

extension Topology {
    /// How a peer of this ecosystem is set up.
    ///
    /// - Parameters:
    ///   - name: What it calls itself, and what its log lines say.
    ///   - peer: Whose key it proves itself with, where peers have to; the first whose key is here, where nothing is said.
    ///   - logger: Where it logs.
    /// - Returns: The topology's numbers and addresses for a node.
    /// - Throws: `Failure` where the key is not there or no good.
    package func nodeConfiguration(_ name: String, as peer: String? = nil, logger: Logger) throws -> NodeConfiguration {
        var configuration = NodeConfiguration(name: name, directory: directory)
        configuration.callTimeout = bus.callTimeout
        configuration.answerGrace = bus.answerGrace
        configuration.heartbeat = bus.heartbeat
        configuration.liveness = bus.liveness
        configuration.clockTolerance = bus.clockTolerance
        configuration.nameTimeout = bus.nameTimeout
        configuration.limits = BusLimits(bus.limits)
        configuration.maxOutstanding = bus.maxOutstandingCalls.perService
        configuration.maxOutstandingPerCaller = bus.maxOutstandingCalls.perCaller
        configuration.maxMessageBytes = bus.maxMessage
        configuration.highWaterMark = bus.highWaterMark
        configuration.eventBuffer = bus.eventBuffer
        configuration.eventBufferBytes = bus.eventBufferSize
        configuration.busyPoll = bus.busyPoll
        configuration.retention = Retention(bus.retention)
        configuration.spans = SpanLimits(bus.spans)
        configuration.drainTimeout = bus.drainTimeout
        configuration.logger = logger
        configuration.allowsPlaintextOnLoopback = bus.plaintext
        if isSecured { configuration.keys = try keys(of: try localPeer(preferring: peer)) }
        return configuration
    }

    /// Where callers find each service, and the gateway.
    package var directory: [String: [ServiceAddress]] {
        var all = Dictionary(
            uniqueKeysWithValues: services.map { service in
                (service.name, service.replicas.map { ServiceAddress($0, \.connect) })
            }
        )
        if !gatewayReplicas.isEmpty {
            all[Self.gatewayPeer] = gatewayReplicas.map { ServiceAddress($0, \.connect) }
        }
        return all
    }
}

extension BusLimits {
    init(_ topology: Topology.Bus.Limits) {
        self.init()
        (batchBytes, batchMessages, builtinBytes) = (topology.batch, topology.batchMessages, topology.builtinInput)
        (bytesInHand, bytesInHandPerService) = (topology.inHand, topology.inHandPerService)
        (unreadBytes, unreadBytesPerPeer) = (topology.unreadAnswers, topology.unreadAnswersPerPeer)
        (incompleteBytes, connectionsPerPeer) = (topology.incompleteMessage, topology.connectionsPerPeer)
        (filterBytes, subscriptionsPerConnection) = (topology.subscription, topology.subscriptionsPerConnection)
        (consumersPerPeer, unreadEventBytes) = (topology.consumersPerPeer, topology.unreadEvents)
        turnBytes = topology.turn
    }
}

extension Retention {
    init(_ topology: Topology.Bus.Retention) {
        self.init()
        (events, age) = (topology.events, topology.age)
        (consumerEvents, consumerAge) = (topology.consumerEvents, topology.consumerAge)
    }
}

extension SpanLimits {
    package init(_ topology: Topology.Bus.Spans) {
        self.init()
        (recent, notable, slow) = (topology.recent, topology.notable, topology.slow)
    }
}

extension ServiceAddress {
    /// One end of a replica's two sockets.
    package init(_ replica: Topology.Replica, _ end: KeyPath<Topology.Replica.Socket, Topology.Endpoint>) {
        self.init(
            calls: replica.calls[keyPath: end].description,
            events: replica.events[keyPath: end].description
        )
    }
}
