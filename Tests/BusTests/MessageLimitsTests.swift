// Calls, answers and events on both sides of the size limit, in the clear and over CURVE: too large is an answer, and costs nobody a
// connection but a stranger who keeps to no rule.

import Testing
import ZeroMQ

@testable import Bus

/// Over `ipc`, since libzmq holds only real connections to the size of a message.
@Suite(.timeLimit(.minutes(1))) struct MessageLimitsTests {
    static let limit = 100_000
    let bus: TestBus

    init() throws { bus = try TestBus() }

    func withEcho(
        log: MemoryEventLog? = nil,
        _ body: (_ caller: Node) async throws -> Void
    ) async throws {
        try await withEcho(log: log) { caller, _ in try await body(caller) }
    }

    func withEcho(
        log: MemoryEventLog? = nil,
        _ body: (_ caller: Node, _ address: ServiceAddress) async throws -> Void
    ) async throws {
        var configuration = bus.configuration("echo")
        configuration.maxMessageBytes = Self.limit
        let service = try Node(configuration, context: bus.context)
        let address = try await service.serve(Self.handlers(), log: log, at: Transport.ipc.freshAddress())
        configuration.name = "caller"
        configuration.directory = ["echo": [address]]
        let caller = try Node(configuration, context: bus.context)
        do { try await body(caller, address) } catch { Issue.record(error) }
        await caller.shutDown()
        await service.shutDown()
    }

    /// `echo.many` answers with as many bytes as it is told.
    static func handlers() -> Handlers {
        var handlers = TestBus.echoHandlers()
        handlers.on(Operation<Int, Echo.Text>("echo.many", "Many bytes", access: .public, isIdempotent: true)) {
            count,
            _ in
            Echo.Text(text: String(repeating: "x", count: count))
        }
        handlers.on(Operation<Empty, Empty>("echo.complain", "Says no at length", access: .public)) { _, _ in
            throw Failure(.conflict, String(repeating: "x", count: 2 * limit))
        }
        return handlers
    }

    func code(_ body: () async throws -> Void) async throws -> ErrorCode? {
        do {
            try await body()
            return nil
        } catch let failure as Failure { return failure.code }
    }

    @Test(arguments: [(0, nil), (limit - 500, nil), (limit, ErrorCode.payloadTooLarge), (3 * limit, .payloadTooLarge)])
    func `a call that is too large is refused before it costs the connection`(count: Int, expected: ErrorCode?)
        async throws
    {
        try await withEcho { caller in
            let text = Echo.Text(text: String(repeating: "x", count: count))
            let refusal = try await code { _ = try await caller.call(Echo.say, text) }
            #expect(refusal == expected)
            let next = try await caller.call(Echo.once, .init(text: "still there"))
            #expect(next.text == "still there")
            #expect(await caller.stats().links.allSatisfy { $0.reconnects == 0 })
        }
    }

    static func call(bytes: Int) -> Envelope {
        var message = Envelope(kind: .call, id: 1, time: Deadline.after(.seconds(60)).microseconds)
        message.name = "echo.say"
        message.payload = Array("{\"text\":\"\(String(repeating: "x", count: bytes))\"}".utf8)[...]
        return message
    }

    @Test func `a stranger's frame that is too large ends his connection and nobody else's`() async throws {
        try await withEcho { caller, address in
            _ = try await caller.call(Echo.say, .init(text: ""))
            let stranger = try RawPeer()
            try await stranger.connect(.dealer, to: address.calls)
            while try await !stranger.greet() { try Task.checkCancellation() }
            // So the frame is one that would be answered, were it smaller.
            while try await !stranger.send(Self.call(bytes: 10)) { try Task.checkCancellation() }
            // A greeting that was repeated is answered twice.
            while let frame = try await stranger.frame(), try Envelope(decoding: frame[...]).kind != .reply {
                try Task.checkCancellation()
            }
            #expect(try await stranger.send(Self.call(bytes: Self.limit)))
            #expect(try await stranger.receive() == nil)
            await stranger.end()
            #expect(try await caller.call(Echo.say, .init(text: "still there")).text == "still there")
            #expect(await caller.stats().links.allSatisfy { $0.reconnects == 0 })
        }
    }

    @Test func `a field that is too long is refused and traps nowhere`() async throws {
        let long = String(repeating: "x", count: 70_000)
        let principal = Principal(kind: .apiKey, subject: "job", roles: [], scopes: [long])
        try await withEcho { caller in
            let refusals = [
                try await code { _ = try await caller.call("echo.\(long)", payload: [], on: "echo") },
                try await code { _ = try await caller.call(Echo.say, .init(text: ""), as: principal) },
                try await code { _ = try await caller.call(Echo.say, .init(text: ""), idempotencyKey: long) },
            ]
            #expect(refusals == [.payloadTooLarge, .payloadTooLarge, .payloadTooLarge])
        }
    }

    @Test func `an answer that is too large is an error of the service and leaves the connection alone`() async throws {
        try await withEcho { caller in
            let refusal = try await code { _ = try await caller.call("echo.many", payload: Array("200000".utf8)) }
            #expect(refusal == .internalError)
            #expect(await caller.stats().links.allSatisfy { $0.reconnects == 0 })
        }
    }

    @Test func `a log of large events is replayed in pages that fit`() async throws {
        let log = MemoryEventLog(topics: ["echo.said"])
        for _ in 0..<40 { log.append("echo.said", key: "", payload: Array(repeating: 0x20, count: 20_000)) }
        log.append("echo.said", key: "", payload: Array(repeating: 0x20, count: 80_000))
        try await withEcho(log: log) { caller in
            let subscription = try await caller.subscribe(Echo.said, from: .offset(1))
            var offsets: [UInt64] = []
            while offsets.count < 41, let events = try await subscription.next() { offsets += events.map(\.offset) }
            #expect(offsets == Array(1...41))
        }
    }

    // MARK: Over CURVE

    /// A secured echo and its caller, at the limits of these tests.
    func withSecured(log: MemoryEventLog? = nil, _ body: (_ caller: Node) async throws -> Void) async throws {
        let bus = try await SecuredBus(["echo": ([], []), "caller": (["echo.*"], ["echo.*"])])
        var configuration = bus.configuration("echo", keys: bus.keys["echo"])
        configuration.maxMessageBytes = Self.limit
        let service = try Node(configuration, context: bus.context)
        let address = try await service.serve(Self.handlers(), log: log, at: Transport.tcp.freshAddress())
        configuration.name = "caller"
        configuration.directory = ["echo": [address]]
        configuration.keys = bus.keys["caller"]
        let caller = try Node(configuration, context: bus.context)
        do { try await body(caller) } catch { Issue.record(error) }
        await caller.shutDown()
        await service.shutDown()
    }

    /// CURVE adds 33 bytes to a frame, and libzmq counts them.
    @Test func `an answer of any size is an answer or an error of its caller, and never the connection's end`()
        async throws
    {
        try await withSecured { caller in
            _ = try await caller.call(Echo.say, .init(text: ""))
            let frame = Envelope.headerSize + #"{"text":""}"#.utf8.count
            for missing in -2...70 {
                let size = Self.limit - frame - missing
                let answer = try await code { _ = try await caller.call("echo.many", payload: Array("\(size)".utf8)) }
                #expect(answer == (missing < 33 ? .internalError : nil), "\(missing) below the limit")
            }
            #expect(await caller.stats().links.allSatisfy { $0.reconnects == 0 })
        }
    }

    @Test func `a call of any size is done or refused, and never the connection's end`() async throws {
        try await withSecured { caller in
            _ = try await caller.call(Echo.say, .init(text: ""))
            let head = try Envelope.call(
                "echo.say",
                until: .after(.seconds(60)),
                principal: nil,
                idempotencyKey: nil,
                client: nil,
                trace: .begin()
            )
            let most = Self.limit - Curve.frameOverhead - head.encoded().count - #"{"text":""}"#.utf8.count
            #expect(most > Self.limit - 200 && most < Self.limit, "there are sizes on both sides of it")
            for size in [most, most + 1] + Array(stride(from: Self.limit - 200, through: Self.limit, by: 3)) {
                let text = Echo.Text(text: String(repeating: "x", count: size))
                let answer = try await code { _ = try await caller.call(Echo.say, text) }
                #expect(answer == (size > most ? .payloadTooLarge : nil), "\(size), of \(most)")
            }
            #expect(await caller.stats().links.allSatisfy { $0.reconnects == 0 })
        }
    }

    @Test func `events of any size that a message takes are replayed, also those that are not sent live`() async throws
    {
        let log = MemoryEventLog(topics: ["echo.said"])
        try await withSecured(log: log) { caller in
            let subscription = try await caller.subscribe(Echo.said, from: .offset(1))
            let sizes = Array(stride(from: Self.limit - 140, through: Self.limit - 106, by: 2))
            for size in sizes { log.append("echo.said", key: "", payload: Array(repeating: 0x20, count: size)) }
            var seen: [Int] = []
            while seen.count < sizes.count, let events = try await subscription.next() {
                seen += events.map(\.payload.count)
            }
            #expect(seen == sizes)
            #expect(await caller.stats().links.allSatisfy { $0.reconnects == 0 })
        }
    }

    @Test func `a failure whose words are too long is told by its code`() async throws {
        try await withSecured { caller in
            let refusal = try await code { _ = try await caller.call("echo.complain", payload: Array("{}".utf8)) }
            #expect(refusal == .conflict)
            #expect(await caller.stats().links.allSatisfy { $0.reconnects == 0 })
        }
    }
}
