// A service that says what it is told to say, right or wrong: a ROUTER without a node.

import ZeroMQ

@testable import Bus

actor ScriptedService {
    private let loop: PollLoop
    private var router: Socket?
    private let answers: (Envelope) -> [Envelope]
    private let clock: @Sendable () -> UInt64
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// Greets whoever says hello; what it answers to a call is up to the test. It tells a time where it has a clock.
    init(
        clock: @escaping @Sendable () -> UInt64 = { 0 },
        answering answers: sending @escaping (Envelope) -> [Envelope]
    ) throws {
        loop = try PollLoop(name: "scripted")
        self.clock = clock
        self.answers = answers
    }

    func serve(_ context: BusContext, at endpoint: String) throws {
        let router = try Socket(context.context, .router, SocketTuning())
        self.router = router
        _ = try router.bind(endpoint)
        loop.watch(router) { [unowned self] in assumeIsolated { $0.read() } }
    }

    private func read() {
        while let router, let caller = try? router.receive()?.bytes, let frame = try? router.receive()?.bytes {
            guard let message = try? Envelope(decoding: frame[...]) else { continue }
            for answer in answer(to: message) {
                _ = try? router.send(caller, more: true)
                _ = try? router.send(answer.encoded())
            }
        }
    }

    private func answer(to message: Envelope) -> [Envelope] {
        switch message.kind {
        case .call: answers(message)
        case .hello: [Envelope(kind: .welcome, id: message.id, time: clock())]
        case .ping: [Envelope(kind: .pong, id: message.id, time: clock())]
        default: []
        }
    }

    func close() {
        if let router { loop.ignore(router) }
        router?.close()
        router = nil
        loop.stop()
    }
}
