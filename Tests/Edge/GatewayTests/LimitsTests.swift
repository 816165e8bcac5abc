// What the topology says reaches the HTTP servers, each number where it belongs.

import HTTPServer
import Testing
import Topology

@testable import Gateway

@Suite struct LimitsTests {
    private let settings: Topology.Gateway = {
        var settings = Topology.Gateway()
        settings.threads = 3
        (settings.maxBody, settings.maxDiscard, settings.maxHeader, settings.maxTarget) = (11, 12, 130, 14)
        (settings.maxParameters, settings.maxFields, settings.maxCookies, settings.maxInFlight) = (16, 17, 18, 21)
        (settings.headTimeout, settings.receiveTimeout) = (.seconds(22), .seconds(23))
        (settings.requestTimeout, settings.idleTimeout) = (.seconds(24), .seconds(25))
        (settings.drainTimeout, settings.unfinishedTimeout) = (.seconds(26), .seconds(27))
        (settings.queueTimeout, settings.notice) = (.seconds(28), .seconds(29))
        return settings
    }()

    @Test func `each limit reaches the server`() throws {
        let yaml =
            "name: t\nkind: test\nbus: {transport: inproc}\nservices: {kms: }\ngateway: {listen: \"127.0.0.1:0\"}"
        let topology = try Topology.parse(yaml: yaml, file: "t.yaml", environment: [:])
        let configuration = settings.serverConfiguration(of: try #require(topology.listeners.first))
        #expect(configuration.maximumBodyBytes == 11 && configuration.maximumDiscardedBytes == 12)
        #expect(configuration.limits.head == 130 && configuration.limits.target == 14)
        #expect(configuration.limits.parameters == 16 && configuration.limits.fields == 17)
        #expect(configuration.limits.cookies == 18 && configuration.maximumInFlight == 21)
        #expect(configuration.headTimeout == .seconds(22) && configuration.receiveTimeout == .seconds(23))
        #expect(configuration.requestTimeout == .seconds(25), "a second after the bus's own")
        #expect(configuration.idleTimeout == .seconds(25) && configuration.drainTimeout == .seconds(26))
        #expect(configuration.unfinishedTimeout == .seconds(27) && configuration.queueTimeout == .seconds(28))
        #expect(configuration.notice == .seconds(29))
    }
}
