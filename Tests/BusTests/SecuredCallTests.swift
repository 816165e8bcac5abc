// Calls over tcp between peers that know each other by their keys.

import Testing
import ZeroMQ

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct SecuredCallTests {
    static let peers: [String: (call: [String], subscribe: [String])] = [
        "echo": ([], []), "caller": (["echo.*"], []), "insider": (["echo.inner"], []), "guest": ([], []),
    ]
    let bus: SecuredBus

    init() async throws { bus = try await SecuredBus(Self.peers) }

    func withEcho(_ body: (_ service: Node, _ directory: [String: [ServiceAddress]]) async throws -> Void) async throws
    {
        let (service, address) = try await bus.echo()
        do { try await body(service, ["echo": [address]]) } catch {
            await service.shutDown()
            throw error
        }
        await service.shutDown()
    }

    func rejected(by service: Node) async -> Int {
        await service.stats().listeners.reduce(0) { $0 + $1.rejectedHandshakes }
    }

    /// Returns once the service has counted one: who was turned away may know before it has read so itself.
    func waitUntilRejected(by service: Node) async throws {
        while await rejected(by: service) == 0 {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func `a handler sees whose key the caller has, not what it calls itself`() async throws {
        try await withEcho { service, directory in
            let caller = try bus.node("somebody else", directory, keys: bus.keys["caller"])
            #expect(try await caller.call(SecuredBus.who, .init(text: "")).text == "caller")
            #expect(await service.stats().listeners.allSatisfy { $0.isSecured && $0.rejectedHandshakes == 0 })
            await caller.shutDown()
        }
    }

    @Test func `spans tell whose key the caller has, not what it calls itself`() async throws {
        let (service, address) = try await bus.echo()
        let raw = try RawPeer()
        let (own, server) = (try #require(bus.keys["insider"]), try #require(bus.keys["echo"]?.publicKey))
        repeat {
            try Task.checkCancellation()
            try await raw.connect(.dealer, to: address.calls, as: own, of: server)
        } while try await !raw.greet()
        let trace = TraceContext.begin()
        for name in ["echo.inner", "echo.say"] {
            var call = AttackerTests.call(name, id: 1, Array(#"{"text":""}"#.utf8))
            call.trace = trace
            #expect(try await raw.send(call))
            _ = try #require(try await raw.frame())
        }
        let spans = try service.spans.page(SpanQuery(trace: trace.traceID), of: "echo").spans
        #expect(spans.map(\.error) == [nil, "forbidden"] && spans.map(\.other) == ["insider", "insider"])
        await raw.end()
        await service.shutDown()
    }

    @Test func `a key that the topology does not name is not let in, and counted`() async throws {
        try await withEcho { service, directory in
            let stranger = try bus.node("caller", directory, keys: try PeerKeyPair())
            let failure = await #expect(throws: Failure.self) { try await stranger.call(Echo.say, .init(text: "")) }
            #expect(failure?.code == .unavailable)
            #expect(failure?.detail.contains("does not let this peer in") == true)
            try await waitUntilRejected(by: service)
            await stranger.shutDown()
        }
    }

    @Test func `who comes in the clear is not let in, and counted`() async throws {
        try await withEcho { service, directory in
            var configuration = bus.configuration("caller", directory, keys: nil)
            configuration.allowsPlaintextOnLoopback = true
            let plain = try Node(configuration, context: try BusContext())
            #expect(await code { try await plain.call(Echo.say, .init(text: "")) } == .unavailable)
            try await waitUntilRejected(by: service)
            await plain.shutDown()
        }
    }

    @Test func `a service that has not the key of its name is not spoken to`() async throws {
        // It holds a key that is known, but another's.
        let (impostor, address) = try await bus.echo(keys: bus.keys["guest"])
        let caller = try bus.node("caller", ["echo": [address]])
        #expect(await code { try await caller.call(Echo.say, .init(text: "")) } == .unavailable)
        await caller.shutDown()
        await impostor.shutDown()
    }

    @Test func `without a doorkeeper nobody gets in`() async throws {
        let (service, address) = try await bus.echo(context: try BusContext())
        let caller = try bus.node("caller", ["echo": [address]])
        #expect(await code { try await caller.call(Echo.say, .init(text: "")) } == .unavailable)
        try await waitUntilRejected(by: service)
        await caller.shutDown()
        await service.shutDown()
    }

    @Test(
        arguments: [
            ("caller", "echo.say", nil), ("caller", "echo.inner", .forbidden),
            ("caller", "echo.nothing", .unknownOperation),
            ("caller", "bus.ping", nil), ("caller", "bus.stats", .forbidden), ("insider", "echo.inner", nil),
            ("insider", "echo.say", .forbidden), ("insider", "echo.nothing", .forbidden),
            ("guest", "echo.say", .forbidden),
            ("guest", "echo.inner", .forbidden), ("guest", "bus.info", nil),
        ] as [(String, String, ErrorCode?)]
    )
    func `a call that is not granted is answered with forbidden`(
        name: String,
        operation: String,
        expected: ErrorCode?
    ) async throws {
        try await withEcho { service, directory in
            let peer = try bus.node(name, directory)
            let payload = Array(#"{"text":""}"#.utf8)
            #expect(await code { try await peer.call(operation, payload: payload, on: "echo") } == expected)
            await peer.shutDown()
        }
    }

    private static var callOfWho: Envelope {
        var call = Envelope(kind: .call, id: 1)
        call.name = "echo.who"
        call.time = Deadline.after(.seconds(30)).microseconds
        call.payload = Array(#"{"text":""}"#.utf8)[...]
        return call
    }

    @Test func `who takes over another's connection does not take over its rights`() async throws {
        try await withEcho { service, directory in
            let endpoint = try #require(directory["echo"]?.first?.calls)
            let server = try #require(bus.keys["echo"]?.publicKey)
            let raw = try RawPeer()
            for (name, kind) in [("caller", MessageKind.reply), ("guest", .failure)] {
                let keys = try #require(bus.keys[name])
                var answer: [UInt8]?
                // While the connection before it is not gone, nobody gets its name: then it is tried again.
                while answer == nil {
                    try Task.checkCancellation()
                    try await raw.connect(.dealer, to: endpoint, as: keys, of: server, routingID: "mine")
                    guard try await raw.greet() else { continue }
                    if try await raw.send(Self.callOfWho) { answer = try await raw.receive() }
                }
                #expect(try Envelope(decoding: (answer ?? [])[...]).kind == kind, "\(name)")
            }
            await raw.end()
        }
    }

    // MARK: In the clear

    @Test func `tcp without keys is refused before anything is bound or connected`() async throws {
        let plain = try BusContext()
        let service = try Node(NodeConfiguration(name: "echo"), context: plain)
        let address = "tcp://127.0.0.1:*"
        let refused = await code { try await service.serve(Handlers(), at: .init(calls: address, events: address)) }
        #expect(refused == .unavailable)
        await service.shutDown()
        let there = ServiceAddress(calls: "tcp://127.0.0.1:1", events: "tcp://127.0.0.1:1")
        #expect(throws: Failure.self) {
            try Node(NodeConfiguration(name: "a", directory: ["b": [there]]), context: plain)
        }
    }

    @Test(arguments: ["tcp://0.0.0.0:*", "tcp://[::]:*", "tcp://*:*", "tcp://eth0:*", "tcp://127.evil.example:1"])
    func `off loopback there is nothing in the clear, whatever the configuration allows`(endpoint: String) async throws
    {
        var configuration = NodeConfiguration(name: "echo")
        configuration.allowsPlaintextOnLoopback = true
        let service = try Node(configuration, context: try BusContext())
        let address = ServiceAddress(calls: endpoint, events: endpoint)
        #expect(await code { try await service.serve(Handlers(), at: address) } == .unavailable)
        await service.shutDown()
    }

    // MARK: Silence

    @Test func `connections that say nothing keep nobody out, and are closed`() async throws {
        var configuration = bus.configuration("echo", keys: bus.keys["echo"])
        configuration.handshakeTimeout = .seconds(3)
        let service = try Node(configuration, context: bus.context)
        let address = try await service.serve(TestBus.echoHandlers(), at: Transport.tcp.freshAddress())
        let silent = try (0..<50).map { _ in try SilentConnection(address.calls) }
        // Whoever comes now shakes hands while they hold theirs out.
        for _ in 0..<5 {
            let caller = try bus.node("caller", ["echo": [address]])
            #expect(try await caller.call(Echo.say, .init(text: "there")).text == "there")
            await caller.shutDown()
        }
        for connection in silent { await connection.untilClosed() }
        while await rejected(by: service) < silent.count {
            try Task.checkCancellation()
            await Task.yield()
        }
        await service.shutDown()
    }
}
