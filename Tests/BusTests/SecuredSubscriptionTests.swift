// Events over tcp go to those who may have them, and who may not is told so.

import Testing
import ZeroMQ

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct SecuredSubscriptionTests {
    static let peers: [String: (call: [String], subscribe: [String])] = [
        "echo": ([], []), "reader": ([], ["echo.said"]), "family": ([], ["echo.*"]), "deaf": (["echo.*"], []),
    ]
    let bus: SecuredBus
    let log = MemoryEventLog(topics: ["echo.said", "echo.secret"])

    init() async throws { bus = try await SecuredBus(Self.peers) }

    func subscribe(_ name: String, to pattern: String, _ address: ServiceAddress) async throws -> (Node, Subscription) {
        let node = try bus.node(name, ["echo": [address]])
        return (node, try await node.subscribe(pattern, publisher: "echo", from: .offset(1)))
    }

    @Test(arguments: [
        ("reader", "echo.said"), ("family", "echo.said"), ("family", "echo.secret"), ("family", "echo.*"),
    ])
    func `who may subscribe gets the past and what comes`(name: String, pattern: String) async throws {
        let (service, address) = try await bus.echo(log: log)
        let topic = pattern == "echo.secret" ? pattern : "echo.said"
        log.append(topic, key: "past", payload: [])
        let (node, subscription) = try await subscribe(name, to: pattern, address)
        #expect(try await subscription.next()?.map(\.key) == ["past"])
        log.append(topic, key: "now", payload: [])
        #expect(try await subscription.next()?.map(\.key) == ["now"])
        await node.shutDown()
        await service.shutDown()
    }

    @Test(arguments: [
        ("reader", "echo.secret"), ("reader", "echo.*"), ("reader", "*"), ("deaf", "echo.said"), ("deaf", "echo.*"),
        ("family", "*"),
    ])
    func `who may not is told so instead of waiting for ever`(name: String, pattern: String) async throws {
        let (service, address) = try await bus.echo(log: log)
        for topic in ["echo.said", "echo.secret"] { log.append(topic, key: "", payload: []) }
        let (node, subscription) = try await subscribe(name, to: pattern, address)
        #expect(await code { try await subscription.next() } == .forbidden)
        await node.shutDown()
        await service.shutDown()
    }

    /// Heads come with every heartbeat, for each topic: that those of one come and those of the other do not is what is to be seen.
    @Test func `a subscription that is not granted is not put in place`() async throws {
        let (service, address) = try await bus.echo(log: log)
        let raw = try RawPeer()
        let (keys, server) = (try #require(bus.keys["reader"]), try #require(bus.keys["echo"]?.publicKey))
        try await raw.connect(.sub, to: address.events, as: keys, of: server)
        for filter in ["", "echo.", "echo.secret\0", "echo.said\0"] { try await raw.subscribe(filter) }
        for number in 0..<20 {
            log.append("echo.secret", key: "", payload: Array("\(number)".utf8))
            let topic = try #require(try await raw.frame()).prefix { $0 != 0 }
            #expect(String(decoding: topic, as: UTF8.self) == "echo.said")
        }
        #expect(await service.stats().listeners.map(\.refusedSubscriptions) == [0, 3])
        await raw.end()
        await service.shutDown()
    }

    @Test func `who loses the right hears no more, and is told so`() async throws {
        let (service, address) = try await bus.echo(log: log)
        let (node, subscription) = try await subscribe("reader", to: "echo.said", address)
        let (other, kept) = try await subscribe("family", to: "echo.said", address)
        log.append("echo.said", key: "before", payload: [])
        for each in [subscription, kept] { #expect(try await each.next()?.map(\.key) == ["before"]) }
        var fewer = Self.peers
        fewer["reader"] = ([], [])
        bus.trust.replace(with: SecuredBus.peers(fewer, bus.keys.mapValues { [$0.publicKey] }))
        #expect(await code { try await subscription.next() } == .forbidden)
        log.append("echo.said", key: "after", payload: [])
        #expect(try await kept.next()?.map(\.key) == ["after"])
        #expect(await code { try await subscription.next() } == .forbidden)
        await node.shutDown()
        await other.shutDown()
        await service.shutDown()
    }
}
