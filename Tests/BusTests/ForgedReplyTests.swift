import Testing
import ZeroMQ

@testable import Bus

/// A service that answers calls which were put to another one.
private actor Forger {
    private let loop: PollLoop
    private var router: Socket?
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init() throws { loop = try PollLoop(name: "forger") }

    func serve(_ context: BusContext, at endpoint: String) throws {
        let router = try Socket(context.context, .router, SocketTuning())
        self.router = router
        _ = try router.bind(endpoint)
        loop.watch(router) { [unowned self] in assumeIsolated { $0.read() } }
    }

    private func read() {
        while let router, let caller = try? router.receive()?.bytes, let frame = try? router.receive()?.bytes {
            guard let message = try? Envelope(decoding: frame[...]) else { continue }
            for answer in Self.answers(to: message) {
                _ = try? router.send(caller, more: true)
                _ = try? router.send(answer.encoded())
            }
        }
    }

    /// The first numbers that a caller gives (see `CallTable`), and then the one that was asked.
    private static func answers(to message: Envelope) -> [Envelope] {
        guard message.kind == .call else { return message.kind == .hello ? [Envelope(kind: .welcome)] : [] }
        let guessed = (1...4).flatMap { generation in (0..<4).map { UInt64(generation) << 32 | $0 } }
        return (guessed.filter { $0 != message.id } + [message.id]).map { id in
            var reply = Envelope(kind: .reply, id: id)
            reply.payload = Array(#"{"text":"forged"}"#.utf8)[...]
            return reply
        }
    }

    func close() {
        if let router { loop.ignore(router) }
        router?.close()
        router = nil
        loop.stop()
    }
}

@Suite(.timeLimit(.minutes(1))) struct ForgedReplyTests {
    @Test func `a service cannot answer for another`() async throws {
        let bus = try TestBus()
        let gate = Gate()
        let (service, address) = try await bus.echo(
            at: Transport.inproc.freshAddress(),
            handlers: TestBus.echoHandlers(hanging: gate)
        )
        let forger = try Forger()
        let forged = Transport.inproc.freshAddress()
        try await forger.serve(bus.context, at: forged.calls)
        let caller = try bus.node("caller", ["echo": [address], "forger": [forged]])
        // The link to the service stands before the call that hangs, so that call is the first under way.
        _ = try await caller.call(Echo.say, .init(text: ""))
        async let honest = caller.call(Echo.hang, .init(text: "honest"), timeout: .seconds(30))
        while try await caller.call(BusOperations.stats, Empty(), on: "echo").outstanding < 2 {}
        _ = try await caller.call("forger.answer", payload: [])
        await gate.open()
        #expect(try await honest.text == "honest")
        await caller.shutDown()
        await service.shutDown()
        await forger.close()
    }
}
