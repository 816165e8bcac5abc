// A service that answers calls it was never sent, by numbers that it guesses: whoever waits for another service hears nothing of it.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct ForgedReplyTests {
    /// Replies to the first numbers that a caller gives (see `CallTable`), and then to the one that was asked.
    static func forgeries(for call: Envelope) -> [Envelope] {
        let guessed = (1...4).flatMap { generation in (0..<4).map { UInt64(generation) << 32 | $0 } }
        return (guessed.filter { $0 != call.id } + [call.id]).map { id in
            var reply = Envelope(kind: .reply, id: id)
            reply.payload = Array(#"{"text":"forged"}"#.utf8)[...]
            return reply
        }
    }

    @Test func `a service cannot answer for another`() async throws {
        let bus = try TestBus()
        let gate = Gate()
        let (service, address) = try await bus.echo(
            at: Transport.inproc.freshAddress(),
            handlers: TestBus.echoHandlers(hanging: gate)
        )
        let forger = try ScriptedService { Self.forgeries(for: $0) }
        let forged = Transport.inproc.freshAddress()
        try await forger.serve(bus.context, at: forged.calls)
        let caller = try bus.node("caller", ["echo": [address], "forger": [forged]])
        // The link to the service stands before the call that hangs, so that call is the first under way.
        _ = try await caller.call(Echo.say, .init(text: ""))
        async let honest = caller.call(Echo.hang, .init(text: "honest"), timeout: .seconds(30))
        while try await caller.call(BusOperations.stats, Empty(), on: "echo").outstanding < 2 {
            try Task.checkCancellation()
        }
        _ = try await caller.call("forger.answer", payload: [])
        await gate.open()
        #expect(try await honest.text == "honest")
        await caller.shutDown()
        await service.shutDown()
        await forger.close()
    }
}
