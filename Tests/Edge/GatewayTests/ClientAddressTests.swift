// Who a request is from, by what proxies say in either header: read from behind, and believed only as far as whoever says it is trusted.

import HTTPServer
import Testing
import Topology

@testable import Gateway

@Suite struct ClientAddressTests {
    private func client(
        _ peer: String,
        _ fields: [(name: String, value: String)],
        _ change: (inout Topology.Gateway.Proxies) -> Void = { _ in }
    ) -> String? {
        var proxies = Topology.Gateway.Proxies()
        proxies.trusted = ["127.0.0.0/8", "::1", "10.0.0.0/8"].compactMap { IPNetwork($0) }
        change(&proxies)
        let request = HTTPRequest(method: "GET", path: "/", headers: HTTPFields(fields), remoteAddress: peer)
        return ClientAddress(proxies: proxies).of(request)
    }

    @Test(arguments: [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"), ("203.0.113.9", "6.6.6.6", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.7, 10.1.1.1", "203.0.113.7"), ("127.0.0.1", "10.9.9.9, 10.1.1.1", "10.9.9.9"),
        ("127.0.0.1", "unknown", "127.0.0.1"), ("127.0.0.1", "203.0.113.7, nonsense", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7,", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"), ("127.0.0.1", "203.0.113.7:443", "203.0.113.7"),
        ("127.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
        ("127.0.0.1", "2001:db8::1", "2001:db8::1"), ("::1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7:x", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"), ("nothing", "203.0.113.7", "nothing"),
    ])
    func `the client is the last one that somebody trusted names`(peer: String, said: String, client: String?) {
        #expect(self.client(peer, [("X-Forwarded-For", said)]) == client)
    }

    @Test func `only a proxy whose word counts speaks for many`() throws {
        var proxies = Topology.Gateway.Proxies()
        proxies.trusted = [try #require(IPNetwork("10.0.0.0/8"))]
        #expect(ClientAddress(proxies: proxies).speaksForMany("10.1.2.3"))
        #expect(!ClientAddress(proxies: proxies).speaksForMany("203.0.113.7"))
        #expect(!ClientAddress(proxies: proxies).speaksForMany("nonsense"))
        proxies.word = .nobody
        #expect(!ClientAddress(proxies: proxies).speaksForMany("10.1.2.3"))
    }

    @Test func `fields that came apart are one list`() {
        let fields = [(name: "X-Forwarded-For", value: "6.6.6.6"), (name: "x-forwarded-for", value: "203.0.113.7")]
        #expect(client("127.0.0.1", fields) == "203.0.113.7")
    }

    @Test(arguments: [
        ("for=203.0.113.7", "203.0.113.7"), ("For=\"[2001:db8::1]:443\";proto=https", "2001:db8::1"),
        ("proto=https;for=203.0.113.7;by=10.0.0.1", "203.0.113.7"),
        ("for=6.6.6.6, for=203.0.113.7", "203.0.113.7"), ("for=unknown", "127.0.0.1"), ("for=_hidden", "127.0.0.1"),
        ("proto=https", "127.0.0.1"),
        ("for=203.0.113.7;for=6.6.6.6", "127.0.0.1"), ("for=\"203.0.113.7", "127.0.0.1"),
    ])
    func `a proxy that speaks RFC 7239 is heard where the topology says so`(said: String, client: String) {
        #expect(self.client("127.0.0.1", [("Forwarded", said)]) { $0.word = .forwarded } == client)
    }

    @Test func `only one of the two headers counts, since the other may be the client's own`() {
        let both = [(name: "Forwarded", value: "for=6.6.6.6"), (name: "X-Forwarded-For", value: "203.0.113.7")]
        #expect(client("127.0.0.1", both) == "203.0.113.7")
        #expect(client("127.0.0.1", both) { $0.word = .nobody } == "127.0.0.1")
        #expect(client("127.0.0.1", both) { $0.trusted = [] } == "127.0.0.1")
    }

    @Test func `a list without end is looked at from behind, and not to its front`() {
        let endless = [String](repeating: "10.0.0.1", count: 5_000).joined(separator: ",")
        #expect(client("127.0.0.1", [("X-Forwarded-For", "6.6.6.6," + endless)]) == "10.0.0.1")
    }
}
