// A host and a port, as in `127.0.0.1:8002`, `kms:7311` or `[::1]:0`.
// Names are not looked up here: a name is loopback only if it is `localhost`.

import Foundation

extension Topology {
    /// Where a socket is bound or connected to.
    package struct Address: Sendable, Hashable, CustomStringConvertible {
        /// A name, an IPv4 address, or an IPv6 address without brackets.
        package var host: String
        /// 0 lets the kernel choose; only topologies of kind `test` may say so.
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        package var description: String {
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }

        package var isLoopback: Bool {
            host == "localhost" || host == "::1" || Self.octets(of: host)?.first == 127
        }

        /// Whether the host is an IP address; only those can be bound to.
        package var isNumeric: Bool {
            host.contains(":") || Self.octets(of: host) != nil
        }
    }
}

extension Topology.Address {
    /// Reads `host:port`; nil if either half is not what it must be.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = Int(digits: text[text.index(after: colon)...]), port <= 65_535,
            let host = Self.host(text[..<colon])
        else { return nil }
        self.init(host: host, port: port)
    }

    /// Reads a host as an address writes it: IPv6 in brackets, everything else bare.
    static func host(_ text: Substring) -> String? {
        if text.hasPrefix("["), text.hasSuffix("]") {
            let inner = text.dropFirst().dropLast()
            return isIPv6(inner) ? String(inner) : nil
        }
        return isName(text) ? String(text) : nil
    }

    private static func octets(of host: String) -> [UInt8]? {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let octets = parts.compactMap { part in Int(digits: part).flatMap(UInt8.init(exactly:)) }
        return parts.count == 4 && octets.count == 4 ? octets : nil
    }

    /// Shape only: hex groups and colons. The system call that binds has the last word.
    private static func isIPv6(_ text: Substring) -> Bool {
        (2...39).contains(text.utf8.count) && text.contains(":")
            && text.allSatisfy { $0 == ":" || ($0.isASCII && $0.isHexDigit) }
    }

    private static func isName(_ text: Substring) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        // A last label of digits makes it an IPv4 address or nothing: `127.0.0.256` is not a name.
        if labels.last?.allSatisfy(\.isWholeNumber) == true { return octets(of: String(text)) != nil }
        return text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            }
    }
}
