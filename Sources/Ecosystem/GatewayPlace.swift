// Where gateways are asked over HTTP by who looks after a system, from its own host or another.
//
//     listen 127.0.0.1:8002                         there
//     listen 0.0.0.0:8002, bus at tcp://host1:…     host1:8002: every address, so also that of its place on the bus
//     listen 0.0.0.0:8002, no place on the bus      127.0.0.1:8002, which is right on its own host alone
//
// Only names that are the gateway's own are answered (421), so each is asked under one of them.

package import Topology

package struct GatewayPlace: Sendable, Equatable {
    /// `gateway`, and of several `gateway-2`.
    package let name: String
    /// `http://host1:8002`
    package let origin: String
    /// What to call it: the `Host` of a request; nil where the topology gives it no name.
    package let host: String?
    /// Nobody says where it is; where nobody answers, it may be on another host.
    package var isGuessed = false
}

extension Topology {
    /// Each gateway once; there is at least one.
    package var gatewayPlaces: [GatewayPlace] {
        let listen = gateway.listen
        guard ["0.0.0.0", "::"].contains(listen.host) else { return [place(listen.host)] }
        let hosts = gatewayReplicas.compactMap {
            if case .tcp(let address) = $0.calls.connect { address.host } else { nil }
        }
        guard !hosts.isEmpty else { return [place("127.0.0.1", isGuessed: true)] }
        return hosts.enumerated().map { place($1, number: $0 + 1) }
    }

    private func place(_ host: String, number: Int = 1, isGuessed: Bool = false) -> GatewayPlace {
        GatewayPlace(
            name: number == 1 ? Self.gatewayPeer : "\(Self.gatewayPeer)-\(number)",
            origin: "http://\(Address(host: host, port: gateway.listen.port))",
            host: gateway.hosts.contains(host) ? host : gateway.hosts.first,
            isGuessed: isGuessed
        )
    }
}

extension GatewayPlace {
    /// Why nobody answered, for who has to find out.
    var silence: String {
        isGuessed
            ? "\(origin) does not answer; on another host it is found by its place on the bus (`gateway.bus` in the topology)"
            : "\(origin) does not answer"
    }
}
