// Endpoints in numbers for those with names: libzmq's own look-up blocks its I/O thread, and with it every connection of the process, for as long
// as a name server is silent (ADR 0022). `HostNames` looks the name up.
//
//   tcp://kms:7311 ──────> tcp://10.0.0.7:7311, tcp://[fd00::7]:7311        numbers pass at once, on no thread

package import HostNames

/// Endpoints in numbers for one with a name, as soon as they are known.
package struct Resolution: Sendable {
    package enum State: Sendable, Equatable {
        case pending
        /// At least one endpoint, in the order in which the system would try them.
        case found([String])
        /// No such name, or nobody who knows.
        case failed
    }

    private enum Source { case numbers(String), name(HostNames.Answer, port: Substring) }

    private let source: Source

    fileprivate init(numbers endpoint: String) { source = .numbers(endpoint) }

    fileprivate init(_ answer: HostNames.Answer, port: Substring) { source = .name(answer, port: port) }

    package var state: State {
        switch source {
        case .numbers(let endpoint): .found([endpoint])
        case .name(let answer, let port): Self.state(answer.known, port)
        }
    }

    private static func state(_ addresses: [String]?, _ port: Substring) -> State {
        guard let addresses else { return .pending }
        let hosts = addresses.map { $0.contains(":") ? "[\($0)]" : $0 }
        return hosts.isEmpty ? .failed : .found(hosts.map { "tcp://\($0):\(port)" })
    }
}

package struct NameResolver: Sendable {
    /// For this process.
    package static let shared = NameResolver(.shared)

    private let names: HostNames

    package init(_ names: HostNames) { self.names = names }

    /// The endpoint itself where there is no name in it.
    package func resolve(_ endpoint: String) -> Resolution {
        guard let (host, port) = Self.name(in: endpoint) else { return Resolution(numbers: endpoint) }
        return Resolution(names.addresses(of: host), port: port)
    }

    /// Host and port of a `tcp` endpoint whose host is a name; nil for numbers, wildcards, and everything that is not `tcp`.
    static func name(in endpoint: String) -> (host: String, port: Substring)? {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else { return nil }
        let host = endpoint[..<colon].dropFirst("tcp://".count)
        guard !host.isEmpty, host != "*", !host.hasPrefix("["), !HostNames.isIPv4(host) else { return nil }
        return (String(host), endpoint[endpoint.index(after: colon)...])
    }
}
