// What a topology says of clients: whose word counts, how much each may ask for, which pages may read.

import Testing

@testable import Topology

@Suite struct ProtectionTests {
    private func gateway(_ settings: String, kind: String = "test") throws -> Topology.Gateway {
        let yaml =
            "name: t\nkind: \(kind)\nbus: {transport: inproc}\nservices: {kms: }\ngateway: {listen: \"127.0.0.1:0\", \(settings)}"
        return try Topology.parse(yaml: yaml, file: "t.yaml", environment: [:]).gateway
    }

    @Test func `nothing said: this machine's proxy, no allowances, no other origins`() throws {
        let gateway = try gateway("")
        #expect(gateway.proxies.word == .xForwardedFor)
        let (here, elsewhere) = (try #require(IPAddress("127.0.0.1")), try #require(IPAddress("172.17.0.2")))
        #expect(gateway.proxies.trusted.contains { $0.contains(here) })
        #expect(!gateway.proxies.trusted.contains { $0.contains(elsewhere) })
        #expect(gateway.allowances == .init() && gateway.crossOrigin.origins.isEmpty)
    }

    @Test func `allowances are rates, and bursts beside them`() throws {
        let settings =
            "allowances: {address: {rate: 10/m}, key: {rate: 5/s, burst: 50}, operations: {kms.login: {rate: 3/h, burst: 2}}}"
        let allowances = try gateway(settings).allowances
        #expect(allowances.address == .init(count: 10, period: .seconds(60), burst: 10))
        #expect(allowances.key == .init(count: 5, period: .seconds(1), burst: 50))
        #expect(allowances.operations == ["kms.login": .init(count: 3, period: .seconds(3600), burst: 2)])
        #expect(allowances.principal == nil)
    }

    @Test func `proxies and origins are those that are named`() throws {
        let gateway = try gateway(
            #"proxies: {header: forwarded, trusted: [10.0.0.0/8]}, cors: {origins: ["https://app.example:8443"], max_age: 5s}"#
        )
        #expect(
            gateway.proxies.word == .forwarded
                && gateway.proxies.trusted == [IPNetwork("10.0.0.0/8")].compactMap(\.self)
        )
        #expect(gateway.crossOrigin.origins == ["https://app.example:8443"])
        #expect(gateway.crossOrigin.maxAge == .seconds(5))
    }

    @Test func `compression, conditions and notice are as they are said, and have defaults`() throws {
        let settings = "compression: {from: 2KiB, to: 1MiB, at_once: 2}, require_conditions: true, notice: 3s"
        let told = try gateway(settings)
        #expect(told.compression.from == 2 << 10 && told.compression.to == 1 << 20 && told.compression.atOnce == 2)
        #expect(told.requireConditions && told.notice == .seconds(3))
        let silent = try gateway("")
        #expect(silent.compression == .init() && !silent.requireConditions && silent.notice == .zero)
    }

    @Test func `streams of events have bounds of their own, smaller ones in production`() throws {
        #expect(try gateway("").events == .init())
        let all = """
            events: {max_streams: 1, max_streams_per_client: 2, max_streams_per_principal: 3, buffer: 16KiB, send_timeout: 4s, \
            keep_alive: 5s, retry: 6s, recheck: 7s, memory: 64KiB, reads: 8}
            """
        let events = try gateway(all).events
        #expect((events.maxStreams, events.maxStreamsPerClient, events.maxStreamsPerPrincipal) == (1, 2, 3))
        #expect((events.buffer, events.memory, events.reads) == (16 << 10, 64 << 10, 8))
        #expect((events.sendTimeout, events.keepAlive) == (.seconds(4), .seconds(5)))
        #expect((events.retry, events.recheck) == (.seconds(6), .seconds(7)))
        let production = Topology.Gateway.EventStreams.production
        #expect((production.maxStreamsPerClient, production.maxStreamsPerPrincipal) == (256, 64))
    }

    @Test(arguments: [
        ("compression: {at_once: -1}", "at_once"), ("require_conditions: maybe", "must be true or false"),
        ("proxies: {trusted: [nonsense]}", "must be an IP address or a range of them"),
        ("allowances: {key: {rate: 5/x}}", "must be a rate such as 100/s"),
        ("allowances: {key: {burst: 5}}", "is missing"),
        ("allowances: {operations: {kms.login: {rate: 0/s}}}", "must be a rate"),
        (#"cors: {origins: ["*"]}"#, "must be an origin"),
        (#"cors: {origins: ["https://a.example/"]}"#, "must be an origin"),
        (#"cors: {origins: ["https://u@a.example"]}"#, "must be an origin"),
    ])
    func `what is none of these is refused with its place`(settings: String, problem: String) {
        let error = #expect(throws: (any Error).self) { try gateway(settings) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(problem))
    }
}
