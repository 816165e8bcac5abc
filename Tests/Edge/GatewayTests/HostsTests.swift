// Whom a request may be for: what the topology names, nobody else, before any handler and on every port.

import Bus
import HTTPServer
import Testing
import Topology

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct HostsTests {
    static let strangers = [
        "evil.example", "evil.example:8002", "localhost.evil.example", "evil.localhost", "kms.localhost.", "xlocalhost",
        "127.0.0.2", "127.0.0.1.evil.example", "10.0.0.1", "[::2]", "0", "2130706433", "metadata.google.internal",
    ]
    static let malformed = [
        "a b", "user@localhost", "localhost:80:80", "localhost:x", "localhost:123456", "local/host", "[::1", "::1]",
        "[::1]x", "", ":80", "loc\u{e4}lhost", "localhost,evil", "localhost?", "http://localhost",
    ]

    @Test(arguments: [
        "localhost", "LOCALHOST", "localhost:8002", "localhost:1", "localhost:", "127.0.0.1", "127.0.0.1:65535",
        "[::1]",
        "[::1]:8002",
    ])
    func `loopback names are the main origin, with any port`(authority: String) throws {
        #expect(try Self.hosts().place(of: authority) == .main)
    }

    @Test(arguments: [
        ("kms.localhost", "kms"), ("KMS.localhost:443", "kms"), ("2fa.localhost", "2fa"),
        ("service-a.localhost", "service_a"), ("typesense.localhost", "typesense_client"),
    ])
    func `a service has a domain below each host`(authority: String, service: String) throws {
        #expect(try Self.hosts().place(of: authority) == .service(service))
    }

    @Test(arguments: strangers) func `another name is elsewhere`(authority: String) throws {
        #expect(try Self.hosts().place(of: authority) == .elsewhere)
    }

    @Test(arguments: malformed) func `what is no name and no address is malformed, or elsewhere`(authority: String)
        throws
    {
        let place = try Self.hosts().place(of: authority)
        #expect(authority == "localhost,evil" ? place == .elsewhere : place == .malformed)
    }

    @Test func `the topology's hosts replace the default ones, and an address that is listened on stays`() throws {
        let hosts = try Self.hosts("listen: 127.0.0.7:80, hosts: [Fountain.example]")
        #expect(hosts.place(of: "fountain.example") == .main)
        #expect(hosts.place(of: "kms.fountain.example") == .service("kms"))
        #expect(hosts.place(of: "127.0.0.7:80") == .main)
        #expect(hosts.place(of: "localhost") == .elsewhere)
    }

    @Test(arguments: [nil, "service_a"])
    func `a foreign Host gets 421 and a malformed one 400, health included, on every port`(service: String?)
        async throws
    {
        try await TestEdge.run { edge async throws in
            for path in ["/health", "/", "/nothing", "/service_a/things/script/1"] {
                for (host, status) in [("evil.example", 421), ("a b", 400), ("user@localhost", 400)] {
                    let answer = try await edge.send("GET", path, at: service, host: host)
                    #expect(answer.status == status, "\(host) \(path)")
                    #expect(try answer.problem().code == (status == 421 ? "misdirected" : "invalid_request"))
                }
            }
        }
    }

    @Test func `another service's domain is misdirected at a service's own port`() async throws {
        try await TestEdge.run { edge async throws in
            let own = try await edge.send("GET", "/health", at: "service_a", host: "service-a.localhost")
            #expect(own.status == 200)
            let other = try await edge.send("GET", "/health", at: "service_a", host: "kms.localhost")
            #expect(other.status == 421)
        }
    }

    @Test func `at a service's domain its paths need no prefix, and are taken as they came`() async throws {
        try await TestEdge.run { edge async throws in
            let domain = "service-a.localhost:8443"
            #expect(try await edge.send("GET", "/things/script/1", host: domain).status == 200)
            #expect(try await edge.send("GET", "/service_a/things/script/1", host: domain).status == 404)
            let slash = try await edge.send("GET", "/things/script%2F1", host: domain)
            #expect(slash.status == 404)
            let braces = try await edge.send("GET", "/things/%7Benv.HOME%7D/1", host: domain)
            #expect(!braces.text.contains("/root"))
        }
    }

    @Test func `the authority of an absolute target wins over the Host`() async throws {
        try await TestEdge.run { edge async throws in
            let mine = try await edge.send("GET", "http://localhost/health", host: "evil.example")
            #expect(mine.status == 200)
            let theirs = try await edge.send("GET", "http://evil.example/health", host: "localhost")
            #expect(theirs.status == 421)
            let kms = try await edge.send("GET", "http://service-a.localhost/things/script/1")
            #expect(kms.status == 200)
        }
    }

    @Test(arguments: ["https://evil.example", "http://localhost:3000", "null", "http://127.0.0.1", "localhost", ""])
    func `a page of another origin changes nothing`(origin: String) async throws {
        try await TestEdge.run { edge async throws in
            for method in ["POST", "PUT", "DELETE"] {
                let answer = try await edge.send(method, "/service_a/things", headers: [("Origin", origin)], json: "{}")
                #expect(answer.status == 403, "\(method)")
                #expect(try answer.problem().detail.contains("another origin"))
            }
        }
    }

    @Test func `the own origin's pages, and clients without one, go on`() async throws {
        try await TestEdge.run { edge async throws in
            for origin in [nil, "http://localhost", "https://localhost", "https://LOCALHOST"] {
                let headers = origin.map { [("Origin", $0)] } ?? []
                let answer = try await edge.send("POST", "/service_a/nothing", headers: headers, json: "{}")
                #expect(answer.status == 404)
            }
            let reading = try await edge.send("GET", "/health", headers: [("Origin", "https://evil.example")])
            #expect(reading.status == 200)
        }
    }

    private static func hosts(_ gateway: String = "") throws -> Hosts {
        let yaml = "name: t\nservices: {service_a: , kms: , 2fa: , typesense_client: }\ngateway: {\(gateway)}"
        return Hosts(try Topology.parse(yaml: yaml, file: "t.yaml", environment: [:]))
    }
}
