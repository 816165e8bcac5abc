// Calls from node to node, over every transport where that matters: results, refusals, deadlines, and services that end and come back.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct NodeCallTests {
    let bus: TestBus

    init() throws { bus = try TestBus() }

    /// Runs a test with an echo service and a caller of it.
    func withEcho(
        _ transport: Transport = .inproc,
        handlers: Handlers = TestBus.echoHandlers(),
        _ body: (_ caller: Node, _ service: Node) async throws -> Void
    ) async throws {
        let (service, address) = try await bus.echo(at: transport.freshAddress(), handlers: handlers)
        let caller = try bus.node("caller", ["echo": [address]])
        do { try await body(caller, service) } catch {
            await caller.shutDown()
            await service.shutDown()
            throw error
        }
        await caller.shutDown()
        await service.shutDown()
    }

    @Test(arguments: Transport.allCases)
    func `a call comes back with its result`(transport: Transport) async throws {
        try await withEcho(transport) { caller, _ in
            let answer = try await caller.call(Echo.say, .init(text: "Wer da?"))
            #expect(answer.text == "Wer da?")
        }
    }

    @Test func `a text that takes the square of its length to compare is refused, not handled`() async throws {
        try await withEcho { caller, _ in
            let (most, refused) = (Echo.Text.marks(30), Echo.Text.marks(200_000))
            let answer = try await caller.call(Echo.say, most)
            #expect(answer == most)
            let failure = await #expect(throws: Failure.self) { try await caller.call(Echo.say, refused) }
            #expect(failure?.code == .invalidRequest && failure?.fields?.map(\.field) == ["body"])
        }
    }

    @Test func `a principal of such text is refused, before anybody's roles are compared`() async throws {
        try await withEcho { caller, _ in
            let (most, more) = (Echo.Text.marks(30).text, Echo.Text.marks(32).text)
            let one = Principal(kind: .user, subject: "ada", roles: [most])
            _ = try await caller.call(Echo.say, .init(text: ""), as: one)
            let other = Principal(kind: .user, subject: "ada", roles: [more])
            let failure = await #expect(throws: Failure.self) {
                try await caller.call(Echo.say, .init(text: ""), as: other)
            }
            #expect(failure?.code == .invalidRequest)
        }
    }

    @Test(arguments: Transport.allCases)
    func `a thousand calls at once come back each with its own result`(transport: Transport) async throws {
        try await withEcho(transport) { caller, _ in
            let texts = try await withThrowingTaskGroup(of: (String, String).self) { group in
                for number in 0..<1_000 {
                    group.addTask { ("\(number)", try await caller.call(Echo.say, .init(text: "\(number)")).text) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(texts.count == 1_000)
            #expect(texts.allSatisfy { $0 == $1 })
        }
    }

    @Test func `a handler's failure arrives as it was thrown`() async throws {
        try await withEcho { caller, _ in
            await #expect(throws: Failure(.conflict, "no")) { try await caller.call(Echo.fail, .init(text: "no")) }
        }
    }

    @Test(arguments: Transport.allCases)
    func `where nobody is there the answer is unavailable`(transport: Transport) async throws {
        let address =
            transport == .tcp
            ? ServiceAddress(calls: "tcp://127.0.0.1:1", events: "tcp://127.0.0.1:1") : transport.freshAddress()
        let caller = try bus.node("caller", ["echo": [address]])
        let failure = await #expect(throws: Failure.self) {
            try await caller.call(Echo.say, .init(text: "?"), timeout: .seconds(30))
        }
        #expect(failure?.code == .unavailable)
        await caller.shutDown()
    }

    @Test func `a hung handler's caller hears of the deadline and the slot is free again`() async throws {
        try await withEcho { caller, service in
            let failure = await #expect(throws: Failure.self) {
                try await caller.call(Echo.hang, .init(text: ""), timeout: TestBus.untilBegun)
            }
            #expect(failure?.code == .outcomeUnknown)
            // The next call is answered by a service that counts only it.
            let stats = try await caller.call(BusOperations.stats, Empty(), on: "echo")
            #expect(stats.outstanding == 1)
        }
    }

    @Test func `a handler whose caller is cancelled is cancelled too`() async throws {
        let gate = Gate()
        let (began, cancelled) = (Gate(), Gate())
        var handlers = Handlers()
        handlers.on(Echo.hang) { input, _ in
            await began.open()
            await gate.wait()
            if Task.isCancelled { await cancelled.open() }
            return input
        }
        try await withEcho(handlers: handlers) { caller, _ in
            let call = Task { try await caller.call(Echo.hang, .init(text: ""), timeout: .seconds(30)) }
            await began.wait()
            call.cancel()
            await cancelled.wait()
            await #expect(throws: (any Error).self) { try await call.value }
        }
    }

    @Test func `an operation that nobody has is unknown`() async throws {
        try await withEcho { caller, _ in
            let failure = await #expect(throws: Failure.self) { try await caller.call("echo.nothing", payload: []) }
            #expect(failure?.code == .unknownOperation)
        }
    }

    @Test(arguments: [
        (Principal(kind: .user, subject: "ada", roles: ["admin"]), nil),
        (Principal(kind: .user, subject: "bob", roles: ["user"]), ErrorCode.forbidden),
        (Principal(kind: .apiKey, subject: "job", roles: ["admin"], scopes: ["echo.say"]), ErrorCode.forbidden),
        (Principal(kind: .apiKey, subject: "job", roles: ["admin"], scopes: ["echo.*"]), nil),
    ])
    func `a principal is held to its roles and scopes`(principal: Principal, refusal: ErrorCode?) async throws {
        try await withEcho { caller, _ in
            let code: ErrorCode?
            do {
                _ = try await caller.call(Echo.admin, .init(text: ""), as: principal)
                code = nil
            } catch let failure as Failure { code = failure.code }
            #expect(code == refusal)
        }
    }

    @Test func `bad input is refused by name`() async throws {
        try await withEcho { caller, _ in
            let failure = await #expect(throws: Failure.self) {
                try await caller.call("echo.say", payload: Array(#"{"text":7}"#.utf8))
            }
            #expect(failure?.fields == [.init("text", "must be a string")])
        }
    }

    @Test func `a call made inside a handler inherits deadline and trace`() async throws {
        let traced = Operation<Empty, Echo.Text>("echo.traced", "Says in which trace", access: .public)
        var handlers = TestBus.echoHandlers()
        handlers.on(traced) { _, context in Echo.Text(text: context.trace.traceID) }
        let (service, address) = try await bus.echo(at: Transport.inproc.freshAddress(), handlers: handlers)
        let front = try bus.node("front", ["echo": [address]])
        let outer = CallContext(operation: "front.op", deadline: .after(.seconds(30)))
        let inner = try await CallContext.$current.withValue(outer) { try await front.call(traced, Empty()) }
        #expect(inner.text == outer.trace.traceID)
        let deadline = Deadline.after(TestBus.untilBegun)
        let context = CallContext(operation: "front.op", deadline: deadline)
        let failure = await #expect(throws: Failure.self) {
            try await CallContext.$current.withValue(context) {
                try await front.call(Echo.hang, .init(text: ""), timeout: .seconds(60))
            }
        }
        #expect(failure?.code == .outcomeUnknown)
        await front.shutDown()
        await service.shutDown()
    }

    @Test(arguments: Transport.allCases)
    func `a service that is restarted is found again`(transport: Transport) async throws {
        let (first, address) = try await bus.echo(at: transport.freshAddress())
        let caller = try bus.node("caller", ["echo": [address]])
        _ = try await caller.call(Echo.say, .init(text: "1"))
        await first.shutDown()
        let (second, _) = try await bus.echo(at: address)
        // Unavailable is a right answer while the link is made anew.
        var answer: Echo.Text?
        while answer == nil {
            do { answer = try await caller.call(Echo.say, .init(text: "2")) } catch let failure as Failure {
                #expect(failure.code == .unavailable || failure.code == .draining)
            }
        }
        #expect(answer?.text == "2")
        await caller.shutDown()
        await second.shutDown()
    }

    @Test func `a draining service finishes what it has and sends the rest elsewhere`() async throws {
        let (began, gate) = (Gate(), Gate())
        var slow = TestBus.echoHandlers(hanging: gate)
        slow.on(Operation<Echo.Text, Echo.Text>("echo.slow", "", access: .public)) { input, _ in
            await began.open()
            await gate.wait()
            return input
        }
        var configuration = bus.configuration("echo")
        configuration.drainTimeout = .seconds(30)
        let first = try Node(configuration, context: bus.context)
        let firstAddress = try await first.serve(slow, at: Transport.inproc.freshAddress())
        let caller = try bus.node("caller", ["echo": [firstAddress]])
        async let inHand = caller.call("echo.slow", payload: Array(#"{"text":"kept"}"#.utf8))
        await began.wait()
        let ending = Task { await first.shutDown() }
        // The service says that it drains; from then on nobody is there for new calls.
        var code: ErrorCode?
        while code == nil {
            do { _ = try await caller.call(Echo.once, .init(text: "")) } catch let failure as Failure {
                code = failure.code
            }
        }
        #expect(code == .unavailable)
        await gate.open()
        #expect(String(decoding: try await inHand, as: UTF8.self) == #"{"text":"kept"}"#)
        await ending.value
        await caller.shutDown()
    }

    /// Over `inproc` and sockets: a call that was sent before its caller heard of the end was not begun, and the service says so.
    @Test(arguments: Transport.allCases)
    func `who calls a service that is ending is answered or refused, and never left in doubt`(transport: Transport)
        async throws
    {
        for _ in 0..<20 {
            var configuration = bus.configuration("echo")
            // Who stood still for so long would be taken for one that has nothing more to say.
            (configuration.heartbeat, configuration.drainTimeout) = (.seconds(5), .seconds(20))
            let service = try Node(configuration, context: bus.context)
            let address = try await service.serve(TestBus.echoHandlers(), at: transport.freshAddress())
            let caller = try await bus.caller(of: [address])
            let codes = await withTaskGroup(of: ErrorCode?.self) { group in
                for _ in 0..<16 { group.addTask { await Self.callUntilRefused(caller) } }
                group.addTask {
                    await service.shutDown()
                    return nil
                }
                return await group.reduce(into: Set<ErrorCode>()) { codes, code in code.map { _ = codes.insert($0) } }
            }
            #expect(codes.isSubset(of: [.unavailable, .draining]))
            await caller.shutDown()
        }
    }

    private static func callUntilRefused(_ caller: Node) async -> ErrorCode {
        while true {
            if let code = await code(of: { _ = try await caller.call(Echo.once, .init(text: "")) }) { return code }
        }
    }

    private static func code(of call: () async throws -> Void) async -> ErrorCode? {
        do {
            try await call()
            return nil
        } catch { return (error as? Failure)?.code ?? .internalError }
    }

    @Test func `info gives the operations as data`() async throws {
        try await withEcho { caller, _ in
            let info = try await caller.call(BusOperations.info, Empty(), on: "echo")
            #expect(info.operations.map(\.name).contains("echo.say"))
            #expect(info.operations.first { $0.name == "echo.admin" }?.access == .role("admin"))
        }
    }
}

extension Echo.Text {
    /// A letter with so many marks.
    fileprivate static func marks(_ count: Int) -> Self {
        Self(text: "e" + String(repeating: "\u{301}\u{316}", count: count / 2))
    }
}
