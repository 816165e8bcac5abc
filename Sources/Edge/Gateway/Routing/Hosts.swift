// Whom a request may be for, and what is there: the names of the topology, and a service's domain below each of them. Pure.
//
//     localhost:8002           the main origin
//     kms.localhost            the service kms, prefix stripped
//     evil.example             elsewhere: a name that somebody else may have pointed at this address (DNS rebinding)
//     a b, user@localhost      no authority at all
//
// Any port will do: it has been connected to. Names are compared without regard to ASCII case, and never looked up.

internal import HTTPServer
internal import Topology

struct Hosts: Sendable {
    enum Place: Sendable, Equatable {
        case main
        case service(String)
        case elsewhere
        case malformed
    }

    private var places: [String: Place] = [:]
    /// Whose pages may ask for changes, beside our own.
    private let friends: Set<String>

    init(_ topology: Topology) {
        friends = Set(topology.gateway.crossOrigin.origins)
        let listen = topology.gateway.listen.host
        let isEveryAddress = ["0.0.0.0", "::"].contains(listen)
        for host in topology.gateway.hosts + (isEveryAddress ? [] : [listen]) {
            places[host] = .main
            for service in topology.services { places["\(service.subdomain).\(host)"] = .service(service.name) }
        }
    }

    /// What is at `authority`; nil, where HTTP/1.0 names nobody, is the main origin: no browser sends that.
    func place(of authority: String?) -> Place {
        guard let authority else { return .main }
        guard let host = Self.host(of: authority) else { return .malformed }
        return places[host] ?? .elsewhere
    }

    /// The service whose origin a request is for, on a listener that is `listener`'s or, where that is nil, everybody's.
    func origin(of request: HTTPRequest, at listener: String?) -> String? {
        if case .service(let name) = place(of: request.authority) { name } else { listener }
    }

    /// Why a request is not for this listener, or must not be; nil where it may go on.
    func refusal(of request: HTTPRequest, at listener: String?) -> Refusal? {
        switch place(of: request.authority) {
        case .malformed: return .badAuthority
        case .elsewhere: return .misdirected
        case .service(let name) where listener != nil && listener != name: return .misdirected
        case .main, .service: return isFromElsewhere(request) ? .crossOrigin : nil
        }
    }

    /// A browser names the page's origin with whatever may change something. A page may do that where it came from; any other one
    /// would act with the rights of whoever reaches this address, who may be the first to register.
    private func isFromElsewhere(_ request: HTTPRequest) -> Bool {
        guard !["GET", "HEAD", "OPTIONS"].contains(request.method) else { return false }
        return request.headers.all("Origin").contains { origin in
            if friends.contains(origin) { return false }
            let schemes = ["http://", "https://"]
            // `null` is a page that hides where it is from.
            guard let scheme = schemes.first(where: { origin.utf8.starts(with: $0.utf8) }) else { return true }
            return Substring(origin.utf8.dropFirst(scheme.utf8.count)).lowercased() != request.authority?.lowercased()
        }
    }

    /// The host in small letters, without port and brackets; nil where this is no `host[:port]`.
    private static func host(of authority: String) -> String? {
        let (host, port) = split(authority)
        guard !host.isEmpty, port.utf8.count <= 5, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return host.utf8.allSatisfy(isHostByte) ? host.lowercased() : nil
    }

    private static func split(_ authority: String) -> (host: Substring, port: Substring) {
        let (bytes, colon) = (authority.utf8[...], UInt8(ascii: ":"))
        if bytes.first == UInt8(ascii: "["), let end = bytes.firstIndex(of: UInt8(ascii: "]")) {
            let (host, tail) = (bytes[..<end].dropFirst(), bytes[end...].dropFirst())
            let isPort = tail.isEmpty || tail.first == colon
            return isPort ? (Substring(host), Substring(tail.dropFirst())) : ("", "")
        }
        let pieces = bytes.split(separator: colon, maxSplits: 1, omittingEmptySubsequences: false).map(Substring.init)
        return (pieces[0], pieces.count > 1 ? pieces[1] : "")
    }

    /// What a registered name or an address is made of (RFC 3986 §3.2.2), percent-escapes aside: none of our names has any.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~!$&'()*+,;=:".utf8.contains(byte)
        }
    }
}
