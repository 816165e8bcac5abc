// A peer that was let in, may do nothing, and means ill: libzmq in its hands, over CURVE. What it does is refused, and others are served meanwhile.

import Testing
import ZeroMQ

@testable import Bus

// One after the other: each takes as much as it is let.
@Suite(.serialized, .timeLimit(.minutes(2))) struct AttackerTests {
    static let peers: [String: (call: [String], subscribe: [String])] = [
        "echo": ([], []), "caller": (["echo.*"], ["echo.*"]), "guest": ([], []), "reader": ([], ["echo.*"]),
    ]
    let bus: SecuredBus
    let log = MemoryEventLog(topics: ["echo.said"], epoch: 77)

    init() async throws { bus = try await SecuredBus(Self.peers) }

    /// A service with smaller limits than usual, a peer of good will, and one of ill.
    func stage(
        _ limits: BusLimits = BusLimits(),
        _ body: (_ service: Node, _ caller: Node, _ raw: RawPeer, _ address: ServiceAddress) async throws -> Void
    ) async throws {
        var configuration = patient("echo")
        configuration.limits = limits
        let service = try Node(configuration, context: bus.context)
        let address = try await service.serve(TestBus.echoHandlers(), log: log, at: Transport.tcp.freshAddress())
        let caller = try Node(patient("caller", ["echo": [address]]), context: bus.context)
        let raw = try RawPeer()
        _ = try await caller.call(Echo.say, .init(text: ""))
        do { try await body(service, caller, raw, address) } catch { Issue.record(error) }
        await raw.end()
        await caller.shutDown()
        await service.shutDown()
    }

    /// Tens of megabytes keep a loop busy for seconds at a sanitizer's pace: that is not what these tests count anybody out for.
    private func patient(_ name: String, _ directory: [String: [ServiceAddress]] = [:]) -> NodeConfiguration {
        var configuration = bus.configuration(name, directory, keys: bus.keys[name])
        configuration.liveness = .seconds(20)
        return configuration
    }

    func connect(
        _ raw: RawPeer,
        _ kind: SocketKind,
        _ endpoint: String,
        as name: String,
        queue: Int32 = 65_536,
        routingID: String? = nil
    )
        async throws
    {
        var tuning = SocketTuning()
        tuning.highWaterMark = queue
        let (keys, server) = (try #require(bus.keys[name]), try #require(bus.keys["echo"]?.publicKey))
        repeat {
            try Task.checkCancellation()
            try await raw.connect(kind, to: endpoint, as: keys, of: server, routingID: routingID, tuning: tuning)
            guard kind == .dealer else { return }
            // A socket connects once: where the machine is busy, the handshake may not end in time.
        } while try await !raw.greet()
    }

    static func call(_ operation: String, id: UInt64, _ payload: [UInt8] = Array("{}".utf8)) -> Envelope {
        var call = Envelope(kind: .call, id: id, time: Deadline.after(.seconds(60)).microseconds)
        call.name = operation
        call.payload = payload[...]
        return call
    }

    /// How long another peer waits for an answer.
    func serve(_ caller: Node) async throws -> Duration {
        // Beside the sockets, since the tests of other suites may keep an answer from whoever waits for it.
        try await withTaskExecutorPreference(caller.executor) {
            let began = ContinuousClock.now
            _ = try await caller.call(Echo.say, .init(text: "still there"), timeout: .seconds(60))
            return began.duration(to: .now)
        }
    }

    /// Waits; what never comes is a test's time limit, and not for ever.
    func until(_ isSo: () async throws -> Bool) async throws {
        while try await !isSo() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    func ended(_ service: Node) async -> Int {
        await service.stats().listeners.reduce(0) { $0 + ($1.endedConnections ?? 0) }
    }

    func errors(_ service: Node, _ operation: String, _ code: String) async -> UInt64 {
        await service.stats().operations.first { $0.operation == operation }?.errors[code] ?? 0
    }

    func answered(_ service: Node, _ operation: String) async -> UInt64 {
        await service.stats().operations.first { $0.operation == operation }?.count ?? 0
    }

    // MARK: Frames

    @Test func `a batch of four megabytes of calls is dropped unread`() async throws {
        try await stage { service, caller, raw, address in
            try await connect(raw, .dealer, address.calls, as: "guest")
            let one = Self.call("bus.info", id: 1).encoded()
            var batch = Envelope(kind: .batch, id: 40_000).encoded()
            while batch.count < 4_000_000 {
                batch.appendBigEndian(UInt32(one.count))
                batch += one
            }
            #expect(try await raw.send(batch))
            #expect(try await serve(caller) < .seconds(1))
            try await until { await service.stats().listeners.contains { $0.refusedFrames ?? 0 > 0 } }
            #expect(await errors(service, "bus.info", "overloaded") == 0)
        }
    }

    @Test func `a message of frames without measure ends its connection, and nobody else's`() async throws {
        var limits = BusLimits()
        limits.incompleteBytes = 1 << 20
        try await stage(limits) { service, caller, raw, address in
            try await connect(raw, .dealer, address.calls, as: "guest", queue: 2)
            let frame = [UInt8](repeating: 0, count: 1 << 20)
            // Its sender's libzmq lets it go when it is whole.
            for number in 1...200 { _ = try await raw.send(frame, more: number < 200) }
            try await until { await ended(service) > 0 }
            #expect(try await serve(caller) < .seconds(1))
            #expect(await caller.stats().links.allSatisfy { $0.reconnects == 0 })
        }
    }

    @Test func `many large messages that are whole end nobody's connection`() async throws {
        var limits = BusLimits()
        limits.incompleteBytes = 64 << 10
        try await stage(limits) { service, caller, _, _ in
            let text = Echo.Text(text: String(repeating: "x", count: 1 << 20))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<24 { group.addTask { _ = try await caller.call(Echo.say, text, timeout: .seconds(60)) } }
                try await group.waitForAll()
            }
            #expect(await ended(service) == 0)
            #expect(await caller.stats().links.allSatisfy { $0.reconnects == 0 })
        }
    }

    // MARK: Answers that nobody reads

    @Test func `who does not read is refused, and saying goodbye pays no debts`() async throws {
        let payload = [UInt8](repeating: 0x20, count: 100_000)
        for _ in 0..<20 { log.append("echo.said", key: "", payload: payload) }
        var limits = BusLimits()
        limits.unreadBytes = 9 << 20
        try await stage(limits) { service, caller, raw, address in
            try await connect(raw, .dealer, address.calls, as: "reader", queue: 1)
            let question = Array(#"{"topic":"echo.said","from":1,"limit":10}"#.utf8)
            for id in 0..<300 { #expect(try await raw.send(Self.call("bus.replay", id: UInt64(id), question))) }
            try await until { await errors(service, "bus.replay", "overloaded") > 0 }
            try await until { await service.stats().outstanding == 0 }
            let refused = await errors(service, "bus.replay", "overloaded")
            #expect(try await raw.send(Envelope(kind: .bye)))
            #expect(try await raw.send(Self.call("bus.replay", id: 1_000, question)))
            try await until { await errors(service, "bus.replay", "overloaded") > refused }
            #expect(try await serve(caller) < .seconds(1))
        }
    }

    /// The kernel gives the number of a descriptor that was closed to the next one.
    @Test func `who comes back under the same routing id is measured anew`() async throws {
        for _ in 0..<20 { log.append("echo.said", key: "", payload: [UInt8](repeating: 0x20, count: 100_000)) }
        var limits = BusLimits()
        limits.unreadBytes = 9 << 20
        try await stage(limits) { service, caller, raw, address in
            for _ in 0..<2 {
                await raw.close()
                // By then the service has seen its end.
                for _ in 0..<20 { _ = try await serve(caller) }
                try await connect(raw, .dealer, address.calls, as: "reader", queue: 1, routingID: "same")
            }
            let question = Array(#"{"topic":"echo.said","from":1,"limit":10}"#.utf8)
            for id in 0..<100 { #expect(try await raw.send(Self.call("bus.replay", id: UInt64(id), question))) }
            try await until { await answered(service, "bus.replay") >= 100 }
            #expect(await errors(service, "bus.replay", "overloaded") > 0)
            #expect(try await serve(caller) < .seconds(1))
        }
    }

    @Test func `who reads gets as much as it likes`() async throws {
        var limits = BusLimits()
        limits.unreadBytes = 9 << 18
        try await stage(limits) { _, caller, _, _ in
            let text = Echo.Text(text: String(repeating: "x", count: 1 << 18))
            for _ in 0..<40 { _ = try await caller.call(Echo.say, text, timeout: .seconds(60)) }
        }
    }

    @Test func `over ipc a peer that reads gets as much as it likes, too`() async throws {
        let plain = try TestBus()
        var configuration = plain.configuration("echo")
        configuration.limits.unreadBytes = 9 << 18
        let service = try Node(configuration, context: plain.context)
        let address = try await service.serve(TestBus.echoHandlers(), at: Transport.ipc.freshAddress())
        let caller = try plain.node("caller", ["echo": [address]])
        let text = Echo.Text(text: String(repeating: "x", count: 1 << 18))
        for _ in 0..<40 { _ = try await caller.call(Echo.say, text, timeout: .seconds(60)) }
        await caller.shutDown()
        await service.shutDown()
    }

    // MARK: Subscriptions

    /// The head of a topic that the peer may have, where its connection is still there.
    func isHeard(_ raw: RawPeer) async throws -> Bool {
        try await raw.subscribe("echo.said\0")
        for _ in 0..<6 { if try await raw.receive() != nil { return true } }
        return false
    }

    /// Megabytes are not tried here.
    @Test(arguments: [(100, true), (10_000, false)])
    func `a subscription without measure ends its connection`(bytes: Int, isHeard expected: Bool) async throws {
        try await stage { _, caller, raw, address in
            try await connect(raw, .sub, address.events, as: "reader")
            try await raw.subscribe(String(repeating: "x", count: bytes))
            #expect(try await isHeard(raw) == expected)
            #expect(try await serve(caller) < .seconds(1))
        }
    }

    @Test func `a connection that subscribes without end is ended`() async throws {
        var limits = BusLimits()
        limits.subscriptionsPerConnection = 50
        try await stage(limits) { service, caller, raw, address in
            try await connect(raw, .sub, address.events, as: "guest")
            for number in 0..<60 { try await raw.subscribe("echo.\(number)") }
            try await until { await ended(service) > 0 }
            #expect(try await serve(caller) < .seconds(1))
        }
    }

    // MARK: Names, inputs, numbers

    /// Bytes of the name, where it is none of ours, and of the input.
    @Test(
        arguments: [
            ("bus.ping", 70_000, "payload_too_large"), ("bus.replay", 4_000_000, "payload_too_large"),
            (nil, 129, "invalid_request"), (nil, 65_535, "invalid_request"),
        ]
    )
    func `names and inputs without measure are refused in few words`(name: String?, bytes: Int, code: String)
        async throws
    {
        let call =
            name.map { Self.call($0, id: 1, Array(repeating: 0x20, count: bytes)) }
            ?? Self.call(String(repeating: "x", count: bytes), id: 1)
        try await stage { _, _, raw, address in
            try await connect(raw, .dealer, address.calls, as: "guest")
            #expect(try await raw.send(call))
            let frame = try #require(try await raw.frame())
            let answer = try Envelope(decoding: frame[...])
            #expect(answer.kind == .failure && frame.count < 1_000)
            #expect(try PayloadCoding.decode(Failure.self, from: answer.payload).code.name == code)
        }
    }

    @Test func `a greeting under a name without measure is not answered`() async throws {
        try await stage { _, _, raw, address in
            try await connect(raw, .dealer, address.calls, as: "guest")
            var hello = Envelope(kind: .hello)
            hello.name = String(repeating: "x", count: 60_000)
            #expect(try await raw.send(hello))
            hello.name = "short"
            hello.id = 7
            #expect(try await raw.send(hello))
            let frame = try #require(try await raw.frame())
            #expect(try Envelope(decoding: frame[...]).id == 7)
        }
    }

    @Test func `a peer has so many consumers, however it asks for them`() async throws {
        var limits = BusLimits()
        limits.consumersPerPeer = 5
        try await stage(limits) { _, _, _, address in
            let reader = try bus.node("reader", ["echo": [address]])
            let codes = await withTaskGroup(of: ErrorCode?.self) { group in
                for number in 0..<20 {
                    let request = JoinRequest(consumer: "c\(number)", topic: "echo.said")
                    group.addTask { await code { try await reader.call(BusOperations.join, request, on: "echo") } }
                }
                return await group.reduce(into: [ErrorCode?]()) { $0.append($1) }
            }
            #expect(log.positions().count <= 5)
            #expect(codes.contains(.overloaded))
            await reader.shutDown()
        }
    }

    @Test func `a peer has so many connections`() async throws {
        var limits = BusLimits()
        limits.connectionsPerPeer = 2
        try await stage(limits) { _, caller, _, address in
            var nodes: [Node] = []
            var codes: [ErrorCode?] = []
            for _ in 0..<4 {
                let node = try bus.node("guest", ["echo": [address]])
                nodes.append(node)
                codes.append(await code { try await node.call(BusOperations.ping, Empty(), on: "echo") })
            }
            #expect(codes == [nil, nil, .overloaded, .overloaded])
            #expect(try await serve(caller) < .seconds(1))
            // One beyond is served when another has gone.
            await nodes.removeFirst().shutDown()
            try await until { await code { try await nodes[1].call(BusOperations.ping, Empty(), on: "echo") } == nil }
            for node in nodes { await node.shutDown() }
        }
    }
}
