// A call that a replica refuses again and again: how often and at what intervals it is repeated, and that the deadline ends that.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct RepeatTests {
    let bus: TestBus

    init() throws { bus = try TestBus() }

    /// A call to a replica that refuses each attempt as one that is shutting down: how it ended, how often and how long it was tried.
    func refused(timeout: Duration) async throws -> (code: ErrorCode?, attempts: Int, time: Duration) {
        let attempts = Counter()
        let service = try ScriptedService { call in
            attempts.count()
            var failure = Envelope(kind: .failure, id: call.id)
            failure.payload = ((try? PayloadCoding.encode(Failure(.draining, "Always."))) ?? [])[...]
            return [failure]
        }
        let address = Transport.inproc.freshAddress()
        try await service.serve(bus.context, at: address.calls)
        let caller = try bus.node("caller", ["echo": [address]])
        let before = ContinuousClock.now
        let code = await code { try await caller.call(Echo.once, .init(text: ""), timeout: timeout) }
        let time = before.duration(to: .now)
        await caller.shutDown()
        await service.close()
        return (code, attempts.value, time)
    }

    /// Repeats that did not wait would all be made in the first millisecond.
    @Test func `a call that is refused again and again is repeated at longer and longer intervals`() async throws {
        let refused = try await refused(timeout: .seconds(60))
        #expect(refused.code == .draining)
        // Once, and eight repeats, of which the first waits for nothing.
        #expect(refused.attempts == 9)
        #expect(refused.time >= (1...7).map { LinkState.backOff(failures: $0, jitter: 0) }.reduce(.zero, +))
    }

    /// The seventh attempt would come after 620 ms at the earliest.
    @Test func `repeats end with the deadline`() async throws {
        let refused = try await refused(timeout: .milliseconds(500))
        #expect([.draining, .deadlineExceeded].contains(refused.code))
        #expect(refused.attempts < 7)
    }
}
