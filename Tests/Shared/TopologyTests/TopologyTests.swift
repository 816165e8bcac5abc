// What a valid file says once it is read: defaults, derived endpoints, the shipped files.

import Foundation
import Testing

@testable import Topology

@Suite struct TopologyTests {
    @Test(arguments: Fixtures.shipped)
    func `Every shipped topology loads`(name: String) throws {
        let topology = try Topology.load(Fixtures.path(name), environment: [:])
        #expect(topology.name == name)
        #expect(Set(topology.services.compactMap(\.builtin)) == Set(Topology.Service.Builtin.allCases))
        #expect(topology.servicesToRun.count == 4)
    }

    @Test func `A file of two lines gets every default`() throws {
        let topology = try Fixtures.parse("name: tiny\nservices: {kms: }")
        #expect(topology.kind == .local)
        #expect(topology.dataDirectory == "var/tiny")
        #expect(topology.bus == Topology.Bus())
        #expect(topology.bus.maxMessage == 4_194_304)
        #expect(topology.keyManagement == Topology.KeyManagement())
        #expect(topology.keyManagement.accessTokenLifetime == .seconds(900))
        #expect(topology.twoFactor == Topology.TwoFactor())
        #expect(topology.search == Topology.Search())
        var gateway = Topology.Gateway()
        gateway.authority.jwks = "kms.jwks"
        gateway.authority.apiKeys = "kms.keys.verify"
        gateway.authority.tokens = "kms.tokens.check"
        gateway.authority.leases = ["kms.leases.follow"]
        #expect(topology.gateway == gateway)
        #expect(topology.leases == Topology.Leases())
        #expect(topology.telemetry == Topology.Telemetry() && topology.telemetry.otlp == nil)
        let kms = try #require(topology.service(.kms))
        #expect(kms.prefix == "/kms")
        #expect(kms.port == nil)
        #expect(kms.run)
    }

    @Test func `The local topology listens where the README says`() throws {
        let topology = try Topology.load(Fixtures.path("local"), environment: [:])
        let listeners = topology.listeners.map { "\($0.address) \($0.service ?? "-")" }
        #expect(
            listeners == [
                "127.0.0.1:8002 -", "127.0.0.1:8000 service_a", "127.0.0.1:8001 typesense_client", "127.0.0.1:8003 kms",
                "127.0.0.1:8004 2fa",
            ]
        )
        #expect(topology.gateway.authority.stepUp == "2fa.status")
        #expect(topology.keyManagement.firstAdmin == .open)
        #expect(topology.keyManagement.adminStepUp == .ifEnrolled)
    }

    @Test func `A collector is named by its URL, or left to the environment`() throws {
        let yaml = "name: t\nservices: {kms: }\ntelemetry: {otlp: \"${OTLP:-}\", queue: 100, batch: 10, give_up: 5s}"
        #expect(try Fixtures.parse(yaml).telemetry.otlp == nil)
        let telemetry = try Fixtures.parse(yaml, environment: ["OTLP": "http://127.0.0.1:4318/"]).telemetry
        #expect(telemetry.otlp == "http://127.0.0.1:4318" && telemetry.giveUp == .seconds(5))
        #expect((telemetry.queue, telemetry.batch) == (100, 10))
    }

    @Test func `Endpoints follow from the name and the data directory`() throws {
        let yaml = "name: t\nservices: {docs2: {replicas: [{}, {}]}}"
        let topology = try Topology.parse(yaml: yaml, file: "t.yaml", dataDirectory: "/tmp/x", environment: [:])
        #expect(
            topology.callEndpoints(of: "docs2").map(\.description)
                == ["ipc:///tmp/x/run/docs2.calls", "ipc:///tmp/x/run/docs2-2.calls"]
        )
        #expect(topology.eventEndpoints(of: "docs2").first?.description == "ipc:///tmp/x/run/docs2.events")
        #expect(topology.callEndpoints(of: "nobody").isEmpty)
        let inproc = try Fixtures.parse("name: t\nbus: {transport: inproc}\nservices: {kms: {}}")
        #expect(inproc.callEndpoints(of: "kms").map(\.description) == ["inproc://kms.calls"])
    }

    @Test func `In compose.yaml others connect to a name and the service binds an address`() throws {
        let topology = try Topology.load(Fixtures.path("compose"), environment: [:])
        let socket = try #require(topology.service(.twoFactor)?.replicas.first?.calls)
        #expect(socket.connect.description == "tcp://twofactor:7321")
        #expect(socket.bind.description == "tcp://0.0.0.0:7321")
        #expect(topology.keyManagement.adminStepUp == .always)
    }

    @Test func `The environment moves compose.yaml to loopback`() throws {
        let environment = [
            "KMS_CALLS": "127.0.0.1:17311", "BUS_BIND": "127.0.0.1", "GATEWAY_LISTEN": "127.0.0.1:18002",
            "TYPESENSE_URL": "http://127.0.0.1:18108/", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "2525",
            "SMTP_STARTTLS": "false", "FOUNTAIN_DATA_DIR": "/tmp/x",
        ]
        let topology = try Topology.load(Fixtures.path("compose"), environment: environment)
        #expect(topology.service(.kms)?.replicas.first?.calls.bind.description == "tcp://127.0.0.1:17311")
        #expect(topology.gateway.listen.description == "127.0.0.1:18002")
        #expect(topology.dataDirectory == "/tmp/x")
        guard case .typesense(let urls, _) = topology.search.engine else {
            Issue.record("compose.yaml is to use Typesense")
            return
        }
        #expect(urls == ["http://127.0.0.1:18108"])
        guard case .smtp(let smtp) = topology.twoFactor.delivery else {
            Issue.record("compose.yaml is to deliver by SMTP")
            return
        }
        #expect(smtp.server.description == "127.0.0.1:2525")
        #expect(!smtp.startTLS)
    }

    @Test func `Typesense may be several nodes, the nearest first`() throws {
        let topology = try Fixtures.parse(
            """
            name: t
            bus: {transport: inproc}
            services: {kms: {}}
            search: {engine: typesense, url: "http://a:1", more_urls: ["http://b:2", "http://c:3"], api_key_file: k, search_key_file: s, node_rest: 3s}
            """
        )
        #expect(topology.search.searchKeyFile == "s")
        #expect(
            topology.search.engine == .typesense(urls: ["http://a:1", "http://b:2", "http://c:3"], apiKeyFile: "k")
        )
        #expect(topology.search.nodeRest == .seconds(3))
    }

    @Test func `In compose.yaml everybody has a key, and only the 2FA service mints tokens`() throws {
        let topology = try Topology.load(Fixtures.path("compose"), environment: ["FOUNTAIN_SECRET_KEYS": "/s"])
        #expect(topology.isSecured)
        #expect(
            topology.peers.map(\.name) == ["gateway", "kms", "2fa", "service_a", "typesense_client", "operator"]
        )
        #expect(topology.peer("kms")?.secretKeyFile == "/s/kms.secret")
        #expect(topology.peer("kms")?.publicKeysFile == "/run/keys/kms.public")
        #expect(topology.peers.filter { $0.mayCall.contains("kms.tokens.stepup") }.map(\.name) == ["2fa"])
    }

    @Test func `gateways have places on the bus: by themselves but over tcp, and there as many as the file lists`()
        throws
    {
        let calls = { (topology: Topology) in topology.gatewayReplicas.map(\.calls.connect.description) }
        #expect(
            calls(try Fixtures.parse("name: t\nbus: {transport: inproc}\nservices: {kms: }")) == [
                "inproc://gateway.calls"
            ]
        )
        let compose = try Topology.load(Fixtures.path("compose"), environment: [:])
        #expect(calls(compose) == ["tcp://gateway:7301"])
        #expect(compose.gatewayReplicas.first?.calls.bind.description == "tcp://0.0.0.0:7301")
        let cluster = try Topology.load(Fixtures.path("cluster"), environment: [:])
        #expect(calls(cluster) == ["tcp://host1:7301", "tcp://host2:7301"])
    }

    @Test func `A service of another name is foreign, and not run here`() throws {
        let topology = try Fixtures.parse("name: t\nservices: {weather: {prefix: /sky}}")
        let weather = try #require(topology.service("weather"))
        #expect(weather.builtin == nil)
        #expect(weather.prefix == "/sky")
        #expect(!weather.run)
        #expect(topology.gateway.authority.jwks == nil)
    }

    @Test func `Tokens are asked about of the KMS, or of whom the file says`() throws {
        #expect(try Fixtures.parse("name: t\nservices: {kms: }").gateway.authority.tokens == "kms.tokens.check")
        #expect(try Fixtures.parse("name: t\nservices: {weather: }").gateway.authority.tokens == nil)
        let yaml = "name: t\nservices: {kms: }\ngateway: {authority: {tokens: kms.tokens.ask}}"
        #expect(try Fixtures.parse(yaml).gateway.authority.tokens == "kms.tokens.ask")
    }

    @Test func `The graph names every service, its prefix and its endpoint`() throws {
        let graph = try Fixtures.parse("name: t\nbus: {transport: inproc}\nservices: {kms: {port: 8003}}").graph()
        #expect(
            graph == """
                flowchart LR
                    client([client]) -->|127.0.0.1:8002| gateway[gateway]
                    client -->|8003| gateway
                    gateway -->|/kms| s_kms_0["kms<br>inproc://kms.calls"]
                    gateway -.->|kms.jwks| s_kms_0
                    gateway -.->|kms.keys.verify| s_kms_0
                    gateway -.->|kms.tokens.check| s_kms_0

                """
        )
    }

    @Test func `A file that is not there is one problem with its path`() {
        let error = #expect(throws: TopologyError.self) { try Topology.load("/nowhere/t.yaml") }
        #expect(error?.description == "/nowhere/t.yaml: cannot be read: no such file; give the path of a topology file")
    }

    @Test func `what a publisher keeps is read, for anybody and for consumers that lag`() throws {
        let section = "retention: {events: 10, age: 1h, consumer_events: 20, consumer_age: 2d}"
        let topology = try Fixtures.parse(
            "name: t\nkind: test\nbus: {transport: inproc, \(section)}\nservices: {kms: {}}\n"
        )
        let retention = topology.bus.retention
        #expect(retention.events == 10)
        #expect(retention.consumerEvents == 20)
        #expect(retention.age == Duration.seconds(3_600))
        #expect(retention.consumerAge == Duration.seconds(172_800))
        #expect(
            Fixtures.problems("name: t\nkind: test\nbus: {retention: {events: 0}}\nservices: {kms: {}}\n").count == 1
        )
    }
}
