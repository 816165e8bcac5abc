// Why an address cannot be listened on, for whoever has just started a gateway and can do something about it.

import Bus
import Glibc
import HTTPServer
import Topology

extension Failure {
    static func cannotListen(_ listener: Topology.Listener, _ error: HTTPServerError) -> Failure {
        let field = listener.service.map { "services.\($0).port" } ?? "gateway.listen"
        return Failure(.unavailable, "\(field): cannot listen on \(listener.address): \(reason(error))")
    }

    private static func reason(_ error: HTTPServerError) -> String {
        switch error {
        case .socket(_, EADDRINUSE): "it is in use. End what listens there, or name another port in the topology."
        case .socket(_, EACCES): "ports this low are for root. Name another in the topology."
        case .socket(_, EADDRNOTAVAIL): "this machine has no such address."
        case .socket(let call, let errno): "\(call) answers errno \(errno)."
        case .badAddress(let text): "\(text) is not an address in numbers."
        case .daemonRefused: "the HTTP server does not start; the log says why."
        }
    }
}
