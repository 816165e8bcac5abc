// Who a request is from, where proxies stand between: read from behind, for as long as whoever says it is trusted. Pure.
//
//     peer 127.0.0.1 (trusted)   X-Forwarded-For: 6.6.6.6, 203.0.113.7      ──> 203.0.113.7, which is not trusted to say anything
//     peer 203.0.113.7           X-Forwarded-For: 6.6.6.6                   ──> 203.0.113.7
//
// What a trusted proxy says that is no address ends the walk where it stands: the last address that was sure.

internal import HTTPServer
internal import Topology

struct ClientAddress: Sendable {
    let proxies: Topology.Gateway.Proxies

    /// More hops than that are nobody's network.
    private static let mostHops = 32

    /// The client's address; the peer's where nobody trusted says more.
    func of(_ request: HTTPRequest) -> String {
        let hops = hops(request.headers).suffix(Self.mostHops)
        // Most requests have none: then nothing is read, and nothing is written anew.
        guard !hops.isEmpty, var client = IPAddress(request.remoteAddress), isTrusted(client) else {
            return request.remoteAddress
        }
        for hop in hops.reversed() {
            guard let address = Self.address(hop) else { return client.description }
            client = address
            guard isTrusted(client) else { return client.description }
        }
        return client.description
    }

    /// A client as one caller among others: whoever has a whole IPv6 network is one.
    static func caller(_ client: String) -> String { IPAddress(client)?.client.description ?? client }

    /// Whether whoever is at this address names those it speaks for, and is believed.
    func speaksForMany(_ peer: String) -> Bool { proxies.word != .nobody && IPAddress(peer).map(isTrusted) == true }

    private func isTrusted(_ address: IPAddress) -> Bool { proxies.trusted.contains { $0.contains(address) } }

    /// Who asked whom, the last hop last.
    private func hops(_ fields: HTTPFields) -> [Substring] {
        switch proxies.word {
        case .xForwardedFor: fields.all("X-Forwarded-For").flatMap(Self.list)
        case .forwarded: fields.all("Forwarded").flatMap(Self.list).map(Self.for)
        case .nobody: []
        }
    }

    private static func list(_ value: String) -> [Substring] {
        value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { trim(Substring($0)) }
    }

    /// The `for` of one element of RFC 7239, without its quotes; empty, which is no address, where there is none or more than one.
    private static func `for`(_ element: Substring) -> Substring {
        let pairs = element.utf8.split(separator: UInt8(ascii: ";")).map { trim(Substring($0)) }
        let values = pairs.filter { $0.utf8.prefix(4).map { $0 | 0x20 } == Array("for=".utf8) }
        guard values.count == 1 else { return "" }
        let value = Substring(values[0].utf8.dropFirst(4))
        guard value.utf8.first == UInt8(ascii: "\"") else { return value }
        return value.utf8.count > 1 && value.utf8.last == UInt8(ascii: "\"")
            ? Substring(value.utf8.dropFirst().dropLast()) : ""
    }

    /// An address with or without a port: `192.0.2.1:80`, `[2001:db8::1]:80`.
    private static func address(_ hop: Substring) -> IPAddress? {
        let bytes = hop.utf8
        if bytes.first == UInt8(ascii: "["), let end = bytes.firstIndex(of: UInt8(ascii: "]")) {
            let port = bytes[bytes.index(after: end)...]
            return isPort(port) ? IPAddress(Substring(bytes[..<end].dropFirst())) : nil
        }
        let colons = bytes.filter { $0 == UInt8(ascii: ":") }.count
        guard colons == 1, let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return IPAddress(hop) }
        return isPort(bytes[colon...]) ? IPAddress(Substring(bytes[..<colon])) : nil
    }

    /// Nothing, or a colon and digits.
    private static func isPort(_ text: Substring.UTF8View) -> Bool {
        text.isEmpty
            || text.first == UInt8(ascii: ":") && (2...6).contains(text.count)
                && text.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func trim(_ text: Substring) -> Substring {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let front = text.utf8.drop(while: isBlank)
        var end = front.endIndex
        while end > front.startIndex, isBlank(front[front.index(before: end)]) { end = front.index(before: end) }
        return Substring(front[..<end])
    }
}
