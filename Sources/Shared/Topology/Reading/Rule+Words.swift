// Rules for text that names something: services, operations, paths, addresses, endpoints, URLs.

import Foundation

extension Rule where Value == String {
    /// Words for people and for peers: one line, no control characters.
    static var text: Rule {
        Rule("1–256 characters on one line") { text in
            let scalars = text.unicodeScalars
            let printable = scalars.allSatisfy { $0.properties.generalCategory != .control }
            return (1...256).contains(scalars.count) && printable ? text : nil
        }
    }

    /// The same, or nothing: what a variable that is not set leaves.
    static var textOrNothing: Rule {
        Rule(text.wants) { value throws(Refusal) in value.isEmpty ? value : try text.read(value) }
    }

    /// The name of an ecosystem, a service, a collection.
    static var name: Rule {
        Rule("a name of 1–32 small letters, digits, `-` and `_`, starting with a letter or digit") { text in
            isName(text) ? text : nil
        }
    }

    static var path: Rule {
        Rule("a path of 1–1024 bytes") { text in
            (1...1024).contains(text.utf8.count) && !text.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "\n") }
                ? text : nil
        }
    }

    static var prefix: Rule {
        Rule("a path such as /kms: `/` and a name") { text in
            text.utf8.first == UInt8(ascii: "/") && isName(Substring(text.utf8.dropFirst())) ? text : nil
        }
    }

    /// `service.operation`, of two names or more.
    static var operation: Rule {
        Rule("an operation such as kms.jwks: the service's name, a dot, the operation's") { text in
            let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
                .map(Substring.init)
            return parts.count > 1 && parts.allSatisfy(isName) ? text : nil
        }
    }

    /// What a peer may be granted: one name, or all that begin so.
    static var grant: Rule {
        Rule("a name such as kms.login, or a family such as kms.*") { text in
            let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
                .map(Substring.init)
            let isFamily = parts.last == "*"
            return parts.count > 1 && parts.dropLast(isFamily ? 1 : 0).allSatisfy(isName) ? text : nil
        }
    }

    /// In small letters, so that a key has one text.
    static var publicKey: Rule {
        Rule("a public key of 64 hexadecimal digits") { text in
            text.utf8.count == 64 && text.utf8.allSatisfy { "0123456789abcdefABCDEF".utf8.contains($0) }
                ? text.lowercased() : nil
        }
    }

    static var httpURL: Rule {
        Rule("a URL such as http://127.0.0.1:8108, without query or password") { text in
            guard let url = URLComponents(string: text), url.scheme == "http" || url.scheme == "https",
                url.host?.isEmpty == false, url.user == nil, url.query == nil, url.fragment == nil
            else { return nil }
            return text.utf8.last == UInt8(ascii: "/") ? String(Substring(text.utf8.dropLast())) : text
        }
    }

    /// The same, or nothing; without the path that is added to it.
    static var collectorURL: Rule {
        Rule("the URL of a collector such as http://127.0.0.1:4318, or nothing") { text throws(Refusal) in
            guard !text.isEmpty, let url = try httpURL.read(text) else { return text.isEmpty ? text : nil }
            guard !url.utf8.reversed().starts(with: "/v1/traces".utf8.reversed()) else {
                throw Refusal("must end before /v1/traces, which is added to it, got \(quoted(text))")
            }
            return url
        }
    }

    static var host: Rule {
        Rule("a host name or IP address") { text in
            if let host = Topology.Address.host(text[...]) { return host }
            return Topology.Address.host("[\(text)]"[...])
        }
    }

    /// One label of a domain name.
    static var label: Rule {
        Rule("a label of a domain: 1–63 small letters, digits and `-`, starting and ending with a letter or digit") {
            text in
            let isWord = text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
            }
            let isWhole = text.utf8.first != UInt8(ascii: "-") && text.utf8.last != UInt8(ascii: "-")
            return isWord && isWhole && (1...63).contains(text.utf8.count) ? text : nil
        }
    }

    private static func isName(_ text: some StringProtocol) -> Bool {
        let small = text.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
        }
        return (1...32).contains(text.utf8.count) && small && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.first != UInt8(ascii: "_")
    }
}

extension Rule where Value == Topology.Address {
    static var address: Rule {
        Rule("an address such as 127.0.0.1:8002: an IP address, a colon, a port 0–65535") { text in
            guard let address = Topology.Address(text), address.isNumeric else { return nil }
            return address
        }
    }

    /// Where something else listens that is only connected to.
    static var hostAndPort: Rule {
        Rule("a host and its port such as db1:5432") { text in
            Topology.Address(text).flatMap { $0.port > 0 ? $0 : nil }
        }
    }
}

extension Rule where Value == Topology.Endpoint {
    static var endpoint: Rule {
        Rule("an endpoint such as inproc://kms.calls, ipc://run/kms.calls or tcp://kms:7311") { text throws(Refusal) in
            guard let scheme = text.range(of: "://") else { return nil }
            let rest = String(text[scheme.upperBound...])
            switch text[..<scheme.lowerBound] {
            case "inproc": return (1...256).contains(rest.utf8.count) ? .inproc(name: rest) : nil
            case "ipc": return try .ipc(path: socketPath(rest))
            case "tcp": return try tcp(rest)
            default: return nil
            }
        }
    }

    /// Checks a path against what the kernel takes, before a bind fails with nothing but "name too long".
    static func socketPath(_ path: String) throws(Refusal) -> String {
        guard !path.isEmpty else { throw Refusal("must have a path behind ipc://") }
        let longest = Topology.Endpoint.longestPath
        guard path.utf8.count <= longest else {
            throw Refusal(
                "makes a socket path of \(path.utf8.count) bytes, \(longest) is the most: \(path); use a shorter data_dir"
            )
        }
        return path
    }

    private static func tcp(_ text: String) throws(Refusal) -> Topology.Endpoint? {
        guard let address = Topology.Address(text) else { return nil }
        guard address.port > 0 else {
            throw Refusal("must name its port: a peer cannot find one that the kernel chose")
        }
        return .tcp(address)
    }
}
