// What ends a call, and what a call's end ends: deadlines, callers and services that go, and limits.

import Dispatch
import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct CallLifeTests {
    static let hold = Operation<Echo.Text, Echo.Text>("echo.hold", "Answers when it is let", access: .public)
    static let relay = Operation<Echo.Text, Echo.Text>("front.relay", "Asks the echo", access: .public)
    let bus: TestBus

    init() throws { bus = try TestBus() }

    /// A handler that says when it begins, is held until somebody opens, and says when it was cancelled.
    struct Held {
        let began = Gate()
        let open = Gate()
        let cancelled = Gate()
        let count = Counter()

        var handlers: Handlers {
            var handlers = TestBus.echoHandlers()
            handlers.on(CallLifeTests.hold) { [began, open, cancelled, count] input, _ in
                count.count()
                await began.open()
                await open.wait()
                if Task.isCancelled { await cancelled.open() }
                try Task.checkCancellation()
                return input
            }
            return handlers
        }
    }

    // MARK: Beginnings

    /// Isolated to the node, beside the sockets, or anywhere: where a call begins must not matter, nor that it is not the first.
    @Test func `calls come from wherever their callers run`() async throws {
        let (service, address) = try await bus.replica(TestBus.echoHandlers())
        let caller = try await bus.caller(of: [address])
        try await caller.sayTwiceIsolated()
        try await Task(executorPreference: caller.executor) { try await caller.sayTwice() }.value
        try await Task.detached { try await caller.sayTwice() }.value
        try await Task { @MainActor in try await caller.sayTwice() }.value
        await caller.shutDown()
        await service.shutDown()
    }

    @Test func `a caller that has given up before it calls hears so at once`() async throws {
        let (service, address) = try await bus.replica(TestBus.echoHandlers())
        let caller = try await bus.caller(of: [address])
        let call = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await caller.call(Echo.hang, .init(text: ""), timeout: .seconds(50))
        }
        await #expect(throws: CancellationError.self) { try await call.value }
        await caller.shutDown()
        await service.shutDown()
    }

    // MARK: Ends

    /// By the service itself: a caller that stands still says nothing of cancelling.
    @Test func `a handler whose deadline passes is cancelled`() async throws {
        let held = Held()
        let (service, address) = try await bus.replica(held.handlers)
        let caller = try await bus.caller(of: [address])
        let call = Task {
            await code { try await caller.call(Self.hold, .init(text: ""), timeout: TestBus.untilBegun) }
        }
        await held.began.wait()
        let stands = DispatchSemaphore(value: 0)
        let still = Task(executorPreference: caller.executor) { Self.block(stands) }
        await held.cancelled.wait()
        stands.signal()
        await still.value
        #expect(await call.value == .outcomeUnknown)
        for node in [caller, service] { await node.shutDown() }
    }

    private static func block(_ gate: DispatchSemaphore) { gate.wait() }

    @Test(arguments: Transport.allCases, [true, false])
    func `a handler whose caller is gone is cancelled`(transport: Transport, saysGoodbye: Bool) async throws {
        let held = Held()
        var configuration = bus.configuration("echo")
        // Silence is all that tells of a caller that has said nothing.
        configuration.liveness = .milliseconds(500)
        let service = try Node(configuration, context: bus.context)
        let address = try await service.serve(held.handlers, at: transport.freshAddress())
        let caller = try await bus.caller(of: [address])
        let call = Task { await code { try await caller.call(Self.hold, .init(text: ""), timeout: .seconds(50)) } }
        await held.began.wait()
        if saysGoodbye { await caller.shutDown() } else { await caller.kill() }
        await held.cancelled.wait()
        #expect(await call.value == .outcomeUnknown)
        #expect(await service.stats().outstanding == 0)
        await service.shutDown()
    }

    /// It has stood still for so long, or what it said was lost; its connection stands all the while.
    @Test(arguments: Transport.allCases)
    func `a caller that was forgotten greets again, and is who it was`(transport: Transport) async throws {
        var handlers = Handlers()
        handlers.on(Echo.say) { _, context in Echo.Text(text: context.peer) }
        var configuration = bus.configuration("echo")
        configuration.liveness = .milliseconds(100)
        let service = try Node(configuration, context: bus.context)
        let address = try await service.serve(handlers, at: transport.freshAddress())
        configuration = bus.configuration("caller", ["echo": [address]])
        (configuration.heartbeat, configuration.liveness) = (.seconds(50), .seconds(100))
        let caller = try Node(configuration, context: bus.context)
        // Where the machine stands still, it is forgotten the first time, too.
        var first: String?
        while first == nil {
            try Task.checkCancellation()
            first = try? await caller.call(Echo.say, .init(text: "")).text
        }
        #expect(first == "caller")
        while await service.stats().callers > 0 {
            try Task.checkCancellation()
            await Task.yield()
        }
        // It connects anew meanwhile.
        var name: String?
        while name == nil {
            try Task.checkCancellation()
            name = try? await caller.call(Echo.say, .init(text: "")).text
        }
        #expect(name == "caller")
        for node in [caller, service] { await node.shutDown() }
    }

    @Test(arguments: [Transport.ipc, .tcp])
    func `of what is not idempotent nobody knows when its service dies, and it is done nowhere else`(
        transport: Transport
    ) async throws {
        let (one, other) = (Held(), Held())
        let replicas = [
            try await bus.replica(one.handlers, transport), try await bus.replica(other.handlers, transport),
        ]
        let caller = try await bus.caller(of: replicas.map(\.address))
        let call = Task { await code { try await caller.call(Self.hold, .init(text: ""), timeout: .seconds(50)) } }
        while one.count.value + other.count.value == 0 {
            try Task.checkCancellation()
            await Task.yield()
        }
        let dying = one.count.value == 1 ? 0 : 1
        await replicas[dying].node.kill()
        #expect(await call.value == .outcomeUnknown)
        #expect(one.count.value + other.count.value == 1)
        for node in [caller, replicas[1 - dying].node] { await node.shutDown() }
    }

    /// The real way: a handler of one service calls another, and says nothing of time.
    @Test func `what is left of a deadline is all that a nested call has`() async throws {
        var behind = Handlers()
        behind.on(Echo.say) { _, context in Echo.Text(text: "\(context.deadline.microseconds)") }
        let (echo, echoAddress) = try await bus.replica(behind)
        let front = try bus.node("front", ["echo": [echoAddress]])
        var handlers = Handlers()
        handlers.on(Self.relay) { input, _ in try await front.call(Echo.say, input, timeout: .seconds(5_000)) }
        let address = try await front.serve(handlers, at: Transport.inproc.freshAddress())
        let caller = try bus.node("caller", ["front": [address]])
        let answer = try await caller.call(Self.relay, .init(text: ""), timeout: .seconds(50))
        let deadline = try #require(UInt64(answer.text))
        #expect(deadline <= Deadline.after(.seconds(50)).microseconds)
        for node in [caller, front, echo] { await node.shutDown() }
    }

    // MARK: Choice and limits

    @Test func `of two replicas the one with fewer calls in hand is asked`() async throws {
        let (busy, idle) = (Held(), Held())
        let (first, second) = (try await bus.replica(busy.handlers), try await bus.replica(idle.handlers))
        let both = try await bus.caller(of: [first.address, second.address])
        async let held = both.call(Self.hold, .init(text: "held"), timeout: .seconds(50))
        // Nobody says which of the two it is.
        while busy.count.value + idle.count.value == 0 {
            try Task.checkCancellation()
            await Task.yield()
        }
        let before = (await said(first.node), await said(second.node))
        for _ in 0..<20 { _ = try await both.call(Echo.say, .init(text: "")) }
        let after = (await said(first.node), await said(second.node))
        let isFirst = busy.count.value == 1
        #expect(isFirst ? after == (before.0, before.1 + 20) : after == (before.0 + 20, before.1))
        for each in [busy, idle] { await each.open.open() }
        #expect(try await held.text == "held")
        for node in [both, first.node, second.node] { await node.shutDown() }
    }

    private func said(_ node: Node) async -> UInt64 {
        await node.stats().operations.first { $0.operation == "echo.say" }?.count ?? 0
    }

    @Test func `one caller's limit is not another's`() async throws {
        let held = Held()
        var configuration = bus.configuration("echo")
        configuration.maxOutstandingPerCaller = 1
        let service = try Node(configuration, context: bus.context)
        let address = try await service.serve(held.handlers, at: Transport.inproc.freshAddress())
        let (greedy, modest) = (try await bus.caller(of: [address]), try await bus.caller(of: [address]))
        async let first = greedy.call(Self.hold, .init(text: "1"), timeout: .seconds(50))
        await held.began.wait()
        #expect(await code { try await greedy.call(Echo.say, .init(text: "")) } == .overloaded)
        #expect(try await modest.call(Echo.say, .init(text: "there")).text == "there")
        await held.open.open()
        #expect(try await first.text == "1")
        #expect(try await greedy.call(Echo.say, .init(text: "again")).text == "again")
        for node in [greedy, modest, service] { await node.shutDown() }
    }
}

extension Node {
    fileprivate func sayTwiceIsolated() async throws { try await sayTwice() }

    fileprivate nonisolated(nonsending) func sayTwice() async throws {
        for number in 1...2 {
            let said = try await call(Echo.say, Echo.Text(text: "\(number)"))
            #expect(said.text == "\(number)")
        }
    }
}
