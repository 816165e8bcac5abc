// The topology: which services run where, how they reach each other, and every limit of the system as a number.
//
//   name, kind, data_dir
//   bus        transport and the limits of calls and events
//   services   who is on the bus: prefix at the edge, replicas, own port
//   peers      over tcp: whose public keys are whose, and what each may call and hear
//   gateway    where HTTP is listened for, and which operations answer questions of identity
//   leases     how long gateways may go on by what they were told of identity
//   log        how much of it may wait to be written
//   telemetry  the collector that spans are sent to
//   stores     the limits of what services keep
//   kms, two_factor, search      what those services may be told from outside
//
// A value of this type has been validated: it was made by `load` or `parse`, which refuse everything they do not
// understand. Every number has a default beside its declaration, so that files stay small. It holds no secrets, only the
// paths of files that do. What is not here is not configurable.

/// A validated description of an ecosystem.
package struct Topology: Sendable, Equatable {
    /// What the file calls this ecosystem; part of log lines and of the default data directory.
    package var name: String
    package var kind: Kind
    /// Where databases, keys and sockets live; relative to the working directory unless it starts with `/`.
    package var dataDirectory: String
    package var bus: Bus
    package var stores: Stores
    /// In the order of the file.
    package var services: [Service]
    /// In the order of the file; there are some exactly where the bus has to know who is who (`isSecured`).
    package var peers: [Peer]
    package var gateway: Gateway
    /// Where each gateway answers on the bus what every service answers (`bus.…`); empty over `tcp` where the file does not say.
    package var gatewayReplicas: [Replica]
    package var leases: Leases
    package var log: Log
    package var telemetry: Telemetry
    package var keyManagement: KeyManagement
    package var twoFactor: TwoFactor
    package var search: Search

    /// How much the ecosystem may expose, and how cheap it may make itself.
    package enum Kind: String, Sendable, CaseIterable {
        /// On one machine, for one person: listens on loopback only.
        case local
        /// Ephemeral: loopback only; ports may be 0 (the kernel chooses), password hashing may be cheap.
        case test
        /// Anything that others can reach.
        case production

        package var isLoopbackOnly: Bool { self != .production }
    }
}

extension Topology {
    /// The service of that name, if the topology declares it.
    package func service(_ name: String) -> Service? {
        services.first { $0.name == name }
    }

    /// The service that this program implements itself, under whatever name.
    package func service(_ builtin: Service.Builtin) -> Service? {
        service(builtin.rawValue)
    }

    /// Where callers of a service connect, a replica each; empty for a service that is not declared.
    package func callEndpoints(of name: String) -> [Endpoint] {
        service(name)?.replicas.map(\.calls.connect) ?? []
    }

    /// Where subscribers of a service connect, a replica each; empty for a service that is not declared.
    package func eventEndpoints(of name: String) -> [Endpoint] {
        service(name)?.replicas.map(\.events.connect) ?? []
    }

    /// The services that `fountain up` runs on this host.
    package var servicesToRun: [Service] {
        services.filter(\.run)
    }

    /// Every address that the gateway listens on: the main origin first, then the services' own ports.
    package var listeners: [Listener] {
        [Listener(address: gateway.listen, service: nil)]
            + services.compactMap { service in
                service.port.map { port in
                    Listener(address: Address(host: gateway.listen.host, port: port), service: service.name)
                }
            }
    }

    /// One address of the gateway.
    package struct Listener: Sendable, Equatable {
        package var address: Address
        /// The service whose prefix is stripped here; nil for the main origin.
        package var service: String?
    }
}
