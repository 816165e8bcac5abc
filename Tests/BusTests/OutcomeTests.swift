// Done, certainly not done, unknown: every way in which a call ends without its answer.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct OutcomeTests {
    static let hold = Operation<Echo.Text, Echo.Text>("echo.hold", "Answers when it is let", access: .public)
    static let look = Operation<Echo.Text, Echo.Text>(
        "echo.look",
        "The same, and doing it twice is doing it once",
        access: .public,
        isIdempotent: true
    )

    /// How a call that has begun loses its answer.
    enum End: CaseIterable, Sendable { case killed, endedWithoutIt, deadline, callerEnds }
    enum Kind: CaseIterable, Sendable { case plain, keyed, idempotent }

    let bus: TestBus

    init() throws { bus = try TestBus() }

    func lose(_ kind: Kind, by end: End) async throws -> Failure? {
        let (began, never) = (Gate(), Gate())
        var handlers = Handlers()
        for operation in [Self.hold, Self.look] {
            handlers.on(operation) { input, _ in
                await began.open()
                await never.wait()
                try Task.checkCancellation()
                return input
            }
        }
        var configuration = bus.configuration("echo")
        configuration.drainTimeout = .milliseconds(1)
        let service = try Node(configuration, context: bus.context)
        let address = try await service.serve(handlers, at: Transport.ipc.freshAddress())
        let caller = try bus.node("caller", ["echo": [address]])
        let call = Task { () -> Failure? in
            do {
                _ = try await caller.call(
                    kind == .idempotent ? Self.look : Self.hold,
                    .init(text: ""),
                    idempotencyKey: kind == .keyed ? "key" : nil,
                    timeout: end == .deadline ? TestBus.untilBegun : .seconds(50)
                )
                return nil
            } catch { return error as? Failure }
        }
        await began.wait()
        switch end {
        case .killed: await service.kill()
        case .endedWithoutIt: await service.shutDown()
        case .deadline: break
        case .callerEnds: await caller.shutDown()
        }
        let failure = await call.value
        await caller.shutDown()
        await service.shutDown()
        return failure
    }

    @Test(arguments: Kind.allCases, End.allCases)
    func `what was begun and not answered is unknown, unless it does not matter`(kind: Kind, end: End) async throws {
        let failure = try #require(try await lose(kind, by: end))
        if kind == .idempotent {
            #expect([.unavailable, .deadlineExceeded, .cancelled].contains(failure.code))
        } else {
            #expect(failure.code == .outcomeUnknown)
            #expect(failure.detail.contains("echo.hold may have been done or not"))
            #expect(failure.detail.contains("Idempotency-Key"))
        }
        #expect((failure.retryAfter != nil) == (kind != .plain))
    }

    @Test func `what was never sent was certainly not done`() async throws {
        var configuration = bus.configuration("caller", ["echo": [Transport.ipc.freshAddress()]])
        // It waits for a first connection for longer than it has.
        configuration.connectGrace = .seconds(30)
        let caller = try Node(configuration, context: bus.context)
        let failure = await #expect(throws: Failure.self) {
            try await caller.call(Echo.once, .init(text: ""), timeout: .milliseconds(50))
        }
        #expect([.deadlineExceeded, .unavailable].contains(failure?.code))
        await caller.shutDown()
    }

    @Test(arguments: [
        (ErrorCode.unavailable, ErrorCode.outcomeUnknown), (.overloaded, .outcomeUnknown), (.draining, .outcomeUnknown),
        (.deadlineExceeded, .outcomeUnknown), (.conflict, .conflict), (.notFound, .notFound),
    ])
    func `an attempt that was lost is not forgotten when the next one does not begin`(last: ErrorCode, told: ErrorCode)
    {
        let lost = Unanswered("echo.once", isIdempotent: false, hasKey: true).failure(.unavailable, "Lost.")
        var envelope = Envelope(kind: .call)
        envelope.idempotencyKey = "key"
        let call = RawCall(service: "echo", envelope, message: [], isIdempotent: false)
        #expect(call.verdict(Failure(last, ""), lost: lost).code == told)
        #expect(call.verdict(Failure(last, ""), lost: nil).code == last)
    }
}
