// What a deadline may say of a call that changes something.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct CallEffectTests {
    let bus: TestBus

    init() throws { bus = try TestBus() }

    @Test func `who is first has it: begun is not abandoned, abandoned does not begin`() {
        let (begun, abandoned) = (CallEffect(), CallEffect())
        #expect(begun.begin() && begun.begin() && begun.hasBegun)
        #expect(!begun.abandon() && begun.hasBegun)
        #expect(abandoned.abandon() && abandoned.abandon())
        #expect(!abandoned.begin() && !abandoned.hasBegun)
    }

    @Test func `an answer is a repeat where all of it is`() {
        let (none, own, earlier, both) = (CallEffect(), CallEffect(), CallEffect(), CallEffect())
        for effect in [own, both] { effect.noteOrigin(isEarlierCall: false) }
        for effect in [earlier, both] { effect.noteOrigin(isEarlierCall: true) }
        #expect(![none, own, both].contains { $0.isRepeat })
        #expect(earlier.isRepeat)
    }

    /// Waits past the deadline of its call, then says whether it may still begin.
    private func handlers(beginning early: Bool, _ ended: Gate, mayBegin: Counter) -> Handlers {
        var handlers = TestBus.echoHandlers()
        handlers.on(CallLifeTests.hold) { input, context in
            let effect = try #require(context.effect)
            if early { #expect(effect.begin()) }
            // Until the deadline cancels it.
            await Gate().wait()
            defer { Task { await ended.open() } }
            guard effect.begin() else { throw Failure(.deadlineExceeded, "Nothing was changed.") }
            mayBegin.count()
            return input
        }
        return handlers
    }

    /// A service and its caller, both of whom wait for an outcome as long as it takes: on a busy machine a handler's turn comes late.
    private func patient(_ handlers: Handlers) async throws -> (service: Node, caller: Node) {
        var configuration = bus.configuration("echo")
        configuration.answerGrace = .seconds(50)
        let service = try Node(configuration, context: bus.context)
        let address = try await service.serve(handlers, at: Transport.inproc.freshAddress())
        configuration.name = "caller"
        configuration.directory = ["echo": [address]]
        let caller = try Node(configuration, context: bus.context)
        _ = try await caller.call(Echo.say, .init(text: ""), timeout: .seconds(50))
        return (service, caller)
    }

    @Test func `what had begun at the deadline is answered with its outcome`() async throws {
        let (ended, mayBegin) = (Gate(), Counter())
        let (service, caller) = try await patient(handlers(beginning: true, ended, mayBegin: mayBegin))
        let answer = try await caller.call(CallLifeTests.hold, .init(text: "done"), timeout: TestBus.untilBegun)
        #expect(answer.text == "done")
        for node in [caller, service] { await node.shutDown() }
    }

    @Test func `what had not begun at the deadline did not happen and never does`() async throws {
        let (ended, mayBegin) = (Gate(), Counter())
        let (service, caller) = try await patient(handlers(beginning: false, ended, mayBegin: mayBegin))
        let failure = await #expect(throws: Failure.self) {
            try await caller.call(CallLifeTests.hold, .init(text: ""), timeout: TestBus.untilBegun)
        }
        #expect(failure?.code == .deadlineExceeded)
        #expect(failure?.detail.hasSuffix("Nothing was changed.") == true)
        await ended.wait()
        #expect(mayBegin.value == 0)
        for node in [caller, service] { await node.shutDown() }
    }

    /// It may have happened: nothing else can be said.
    @Test func `what has begun and does not end is not said to be undone`() async throws {
        let open = Gate()
        var handlers = TestBus.echoHandlers()
        handlers.on(CallLifeTests.hold) { input, context in
            _ = context.effect?.begin()
            await waitAllTheSame(open)
            return input
        }
        let (service, address) = try await bus.replica(handlers)
        let caller = try await bus.caller(of: [address])
        let failure = await #expect(throws: Failure.self) {
            try await caller.call(CallLifeTests.hold, .init(text: ""), timeout: TestBus.untilBegun)
        }
        #expect(failure?.code == .outcomeUnknown)
        await open.open()
        for node in [caller, service] { await node.shutDown() }
    }
}

/// Waits whether or not the task is cancelled.
private func waitAllTheSame(_ gate: Gate) async { await Task.detached { await gate.wait() }.value }
