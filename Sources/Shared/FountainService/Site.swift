// Where a service stands while it is brought up: its place on the bus, and what the topology says of it.

public import Bus
public import Logging
package import Storage
package import Topology

/// What a service is given by the ecosystem that it is brought up in.
public struct Site: Sendable {
    /// The service's name in the topology.
    public let name: String
    /// Which of the service's replicas it is, in the order of the topology: 1 for the first, and for one that is alone.
    public let replica: Int
    /// The service's own node: for calls of other services and for following their topics. It is shut down for the service, after it has drained.
    public let node: Node
    /// Writes into the process's log, a line of JSON each, with the service's name. Never give it tokens, passwords or keys.
    public let logger: Logger
    /// What time it is: the host's clock, or in a test what that says (`SettableClock`). For what is written down and what expires; how long something
    /// takes is measured by `ContinuousClock`.
    public let now: @Sendable () -> Deadline
    /// What the topology tells the service: `services.<name>.settings`.
    public let settings: Settings
    package let topology: Topology
    /// Where the service keeps its data.
    package let store: DatabaseLocation

    package init(
        name: String,
        replica: Int = 1,
        node: Node,
        logger: Logger,
        topology: Topology,
        now: @escaping @Sendable () -> Deadline = { .now }
    ) throws {
        self.name = name
        self.replica = replica
        self.node = node
        self.logger = logger
        self.topology = topology
        self.now = now
        settings = Settings(topology.service(name)?.settings ?? Topology.ServiceSettings())
        store = try DataLayout(topology).store(name)
    }

    package var layout: DataLayout { DataLayout(topology) }
}
