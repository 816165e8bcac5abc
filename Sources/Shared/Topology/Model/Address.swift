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
            host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        }

        package var isLoopback: Bool {
            host == "localhost" || host == "::1" || Self.octets(of: host)?.first == 127
        }

        /// Whether the host is an IP address; only those can be bound to.
        package var isNumeric: Bool {
            host.utf8.contains(UInt8(ascii: ":")) || Self.octets(of: host) != nil
        }
    }
}

extension Topology.Address {
    /// Reads `host:port`; nil if either half is not what it must be.
    init?(_ text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = Int(digits: Substring(text.utf8[text.utf8.index(after: colon)...])), port <= 65_535,
            let host = Self.host(Substring(text.utf8[..<colon]))
        else { return nil }
        self.init(host: host, port: port)
    }

    /// Reads a host as an address writes it: IPv6 in brackets, everything else bare.
    static func host(_ text: Substring) -> String? {
        if text.utf8.first == UInt8(ascii: "["), text.utf8.last == UInt8(ascii: "]") {
            let inner = Substring(text.utf8.dropFirst().dropLast())
            return isIPv6(inner) ? String(inner) : nil
        }
        return isName(text) ? String(text) : nil
    }

    private static func octets(of host: String) -> [UInt8]? {
        let parts = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let octets = parts.compactMap { part in Int(digits: Substring(part)).flatMap(UInt8.init(exactly:)) }
        return parts.count == 4 && octets.count == 4 ? octets : nil
    }

    /// Shape only: hex groups and colons. The system call that binds has the last word.
    private static func isIPv6(_ text: Substring) -> Bool {
        (2...39).contains(text.utf8.count) && text.utf8.contains(UInt8(ascii: ":"))
            && text.utf8.allSatisfy { ":0123456789abcdefABCDEF".utf8.contains($0) }
    }

    private static func isLabelByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isName(_ text: Substring) -> Bool {
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A last label of digits makes it an IPv4 address or nothing: `127.0.0.256` is not a name.
        if labels.last?.allSatisfy({ (0x30...0x39).contains($0) }) == true { return octets(of: String(text)) != nil }
        return text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy(isLabelByte)
            }
    }
}
