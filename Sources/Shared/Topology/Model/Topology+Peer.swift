// A peer of the bus over tcp: known by its key, allowed what stands here and nothing else. Public keys stand here or in a file with one a
// line; the secret key is named by its file, never written here.

extension Topology {
    /// A service, the gateway, or somebody else who comes to call or to listen.
    package struct Peer: Sendable, Equatable {
        /// For a service its name in `services`; `gateway` for the gateway.
        package var name: String
        /// 64 hexadecimal digits each. More than one while a key is being replaced: any of them will do.
        package var publicKeys: [String] = []
        package var publicKeysFile: String?
        package var secretKeyFile: String?
        /// Operations (`kms.login`) and families of them (`kms.*`). A family covers what is there for users; what only peers may call is
        /// named in full.
        package var mayCall: [String] = []
        /// Topics (`sequence.changed`) and families of them.
        package var maySubscribe: [String] = []

        package init(name: String) { self.name = name }
    }

    /// The peer that the gateway is.
    package static let gatewayPeer = "gateway"

    /// Whether peers have to prove who they are.
    package var isSecured: Bool { bus.transport == .tcp && !bus.plaintext }

    /// The peer of that name, if the topology declares it.
    package func peer(_ name: String) -> Peer? { peers.first { $0.name == name } }
}
