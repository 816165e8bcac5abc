// A ZeroMQ endpoint, written as ZeroMQ writes it:
//
//   inproc://kms.calls                       in one process
//   ipc://var/local/run/kms.calls            a Unix socket: at most 107 bytes of path
//   tcp://kms:7311                           a host and a port, 1–65535
//
// Other transports, wildcards (`tcp://*:*`) and interface names are refused: an endpoint here says where, exactly.

extension Topology {
    /// Where a bus socket is bound or connected to.
    package enum Endpoint: Sendable, Hashable, CustomStringConvertible {
        case inproc(name: String)
        case ipc(path: String)
        case tcp(Address)

        /// What the kernel leaves for a socket's path once the closing zero has its byte.
        package static let longestPath = 107

        package var description: String {
            switch self {
            case .inproc(let name): "inproc://\(name)"
            case .ipc(let path): "ipc://\(path)"
            case .tcp(let address): "tcp://\(address)"
            }
        }

        package var transport: Bus.Transport {
            switch self {
            case .inproc: .inproc
            case .ipc: .ipc
            case .tcp: .tcp
            }
        }
    }
}
