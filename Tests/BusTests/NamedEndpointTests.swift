// Services under names of hosts: names that hang, move, come and go, beside services that must not notice.

import Dispatch
import HostNames
import Testing

@testable import Bus
@testable import ZeroMQ

@Suite(.timeLimit(.minutes(1))) struct NamedEndpointTests {
    let bus: TestBus

    init() throws { bus = try TestBus() }

    func named(_ address: ServiceAddress, _ host: String) -> ServiceAddress {
        ServiceAddress(
            calls: Self.named(address.calls, host),
            events: Self.named(address.events, host)
        )
    }

    /// As the kernel has written it, with brackets.
    private static func named(_ endpoint: String, _ host: String) -> String {
        endpoint.replacing("[::ffff:127.0.0.1]", with: host).replacing("127.0.0.1", with: host)
    }

    func caller(_ directory: [String: [ServiceAddress]], _ lookUp: @escaping HostNames.LookUp) throws -> Node {
        var configuration = bus.configuration("caller", directory)
        configuration.names = NameResolver(HostNames(lookUp: lookUp))
        configuration.nameTimeout = .milliseconds(200)
        return try Node(configuration, context: bus.context)
    }

    @Test func `a name that hangs is one service's trouble, and told in time`() async throws {
        let (service, address) = try await bus.echo(at: Transport.tcp.freshAddress())
        let gate = DispatchSemaphore(value: 0)
        let absent = named(.init(calls: "tcp://127.0.0.1:9", events: "tcp://127.0.0.1:9"), "localhost")
        let node = try caller(["echo": [address], "absent": [absent]]) { _ in
            gate.wait()
            return []
        }
        async let lost = code { try await node.call("absent.thing", payload: [], timeout: .seconds(30)) }
        for _ in 0..<300 { _ = try await node.call(Echo.once, .init(text: "")) }
        #expect(await lost == .unavailable)
        gate.signal()
        await node.shutDown()
        await service.shutDown()
    }

    @Test func `a service is found again where its name has moved to, call by call and event by event`() async throws {
        let log = MemoryEventLog(topics: ["echo.said"])
        let (service, address) = try await bus.echo(at: Transport.tcp.freshAddress(), log: log)
        let asked = Counter()
        // At first nobody knows it; then it is somewhere where nobody is, and then here.
        let node = try caller(["echo": [named(address, "localhost")]]) { _ in
            asked.count()
            return asked.value == 1 ? [] : asked.value == 2 ? ["127.0.0.9"] : ["127.0.0.1"]
        }
        while await code({ try await node.call(Echo.say, .init(text: "")) }) != nil { try Task.checkCancellation() }
        let subscription = try await node.subscribe(Echo.said, from: .earliest)
        log.append("echo.said", key: "", payload: [])
        #expect(try await subscription.next()?.map(\.offset) == [1])
        await node.shutDown()
        await service.shutDown()
    }

    /// As where a service has bound 0.0.0.0 and its name's first address is [::1].
    @Test func `a name with several addresses leads to the one that answers, before the first call fails`() async throws
    {
        let (service, address) = try await bus.echo(at: Transport.tcp.freshAddress())
        let node = try caller(["echo": [named(address, "localhost")]]) { _ in ["127.0.0.9", "127.0.0.1"] }
        #expect(await code { try await node.call(Echo.say, .init(text: "")) } == nil)
        await node.shutDown()
        await service.shutDown()
    }

    @Test(arguments: [true, false])
    func `each address is tried with each key while a service's key is being replaced`(isOld: Bool) async throws {
        let grants: [String: (call: [String], subscribe: [String])] = ["echo": ([], []), "caller": (["echo.*"], [])]
        let bus = try await SecuredBus(grants)
        let (old, new) = (try #require(bus.keys["echo"]), try PeerKeyPair())
        var keys = bus.keys.mapValues { [$0.publicKey] }
        keys["echo"] = [old.publicKey, new.publicKey]
        bus.trust.replace(with: SecuredBus.peers(grants, keys))
        let (service, address) = try await bus.echo(keys: isOld ? old : new)
        let directory = ["echo": [named(address, "localhost")]]
        var configuration = bus.configuration("caller", directory, keys: bus.keys["caller"])
        configuration.names = NameResolver(HostNames { _ in ["127.0.0.9", "127.0.0.1"] })
        let node = try Node(configuration, context: bus.context)
        #expect(await code { try await node.call(Echo.say, .init(text: "")) } == nil)
        await node.shutDown()
        await service.shutDown()
    }

    @Test func `in the clear a name leads to loopback only`() async throws {
        let (service, address) = try await bus.echo(at: Transport.tcp.freshAddress())
        let node = try caller(["echo": [named(address, "localhost")]]) { _ in ["10.255.255.1", "fd00::1"] }
        #expect(await code { try await node.call(Echo.say, .init(text: "")) } == .unavailable)
        await node.shutDown()
        await service.shutDown()
    }
}
