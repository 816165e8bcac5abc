// Where a gateway is asked from wherever the question comes.

import Testing
import Topology

@testable import Ecosystem

@Suite struct GatewayPlaceTests {
    private static let key = String(repeating: "0", count: 63)
    private static let spread = """
        name: t
        kind: production
        bus: {transport: tcp}
        services: {notes: {replicas: [{calls: tcp://10.0.0.1:1, events: tcp://10.0.0.1:2}]}}
        peers:
          notes: {public_keys: [\(key)1]}
          gateway: {public_keys: [\(key)2], secret_key_file: g}
        gateway:
        """

    private func places(_ gateway: String) throws -> [GatewayPlace] {
        try Topology.parse(yaml: "\(Self.spread) \(gateway)", file: "t.yaml", environment: [:]).gatewayPlaces
    }

    @Test func `one that listens at an address is asked there, under its first name`() throws {
        let place = GatewayPlace(name: "gateway", origin: "http://10.0.0.9:8002", host: "example.org")
        #expect(try places(#"{listen: "10.0.0.9:8002", hosts: [example.org]}"#) == [place])
    }

    @Test
    func
        `one that listens at every address is asked at the host of its place on the bus, under that name where it is its own`()
        throws
    {
        let bus = "bus: {calls: tcp://gateway:7301, events: tcp://gateway:7302, bind: 0.0.0.0}"
        let own = try places(#"{listen: "0.0.0.0:8002", hosts: [example.org, gateway], \#(bus)}"#)
        #expect(own == [GatewayPlace(name: "gateway", origin: "http://gateway:8002", host: "gateway")])
        let other = try places(#"{listen: "0.0.0.0:8002", hosts: [example.org], \#(bus)}"#)
        #expect(other == [GatewayPlace(name: "gateway", origin: "http://gateway:8002", host: "example.org")])
    }

    @Test func `of several each is asked`() throws {
        let listed = ["host1", "host2"].map { "{calls: tcp://\($0):7301, events: tcp://\($0):7302, bind: 0.0.0.0}" }
        let all = try places(
            #"{listen: "0.0.0.0:8002", hosts: [example.org, host1], bus: {replicas: [\#(listed.joined(separator: ", "))]}}"#
        )
        let expected = [
            GatewayPlace(name: "gateway", origin: "http://host1:8002", host: "host1"),
            GatewayPlace(name: "gateway-2", origin: "http://host2:8002", host: "example.org"),
        ]
        #expect(all == expected)
    }

    @Test func `one that listens at every address and is said to be nowhere may be here, which its silence tells`()
        throws
    {
        let place = try #require(try places(#"{listen: "0.0.0.0:8002", hosts: [example.org]}"#).first)
        #expect(place.origin == "http://127.0.0.1:8002" && place.host == "example.org" && place.isGuessed)
        #expect(place.silence.contains("gateway.bus"))
    }
}
