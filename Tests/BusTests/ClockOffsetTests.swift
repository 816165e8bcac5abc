// Clocks that do not agree. The service here is a script, whose clock is where the test sets it.

import Synchronization
import Testing
import ZeroMQ

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct ClockOffsetTests {
    // MARK: The rules

    struct Answer: Sendable {
        let sent: UInt64
        let took: UInt64
        /// How far the other clock is ahead, and where between asking and hearing the answer was written.
        let ahead: Int64
        var at = 0.5
    }

    static func measured(_ answers: [Answer]) -> Int64? {
        var offset = ClockOffset()
        for answer in answers {
            let written = answer.sent + UInt64(Double(answer.took) * answer.at)
            let theirs = UInt64(Int64(written) + answer.ahead)
            offset.measure(sent: answer.sent, received: answer.sent + answer.took, theirs: theirs)
        }
        return offset.microseconds
    }

    @Test(
        arguments: [
            ([], nil), ([Answer(sent: 1_000_000, took: 200, ahead: 11_000_000)], 11_000_000),
            ([Answer(sent: 20_000_000, took: 200, ahead: -11_000_000)], -11_000_000),
            // A slow answer does not spoil a quick one,
            (
                [
                    Answer(sent: 1_000_000, took: 200, ahead: 500),
                    Answer(sent: 2_000_000, took: 900_000, ahead: 500, at: 1),
                ], 500
            ),
            // but a clock that was set shows in it.
            (
                [
                    Answer(sent: 1_000_000, took: 200, ahead: 0),
                    Answer(sent: 2_000_000, took: 4_000, ahead: 11_000_000),
                ], 11_000_000
            ),
        ] as [([Answer], Int64?)]
    )
    func `the closest answer counts, and one that contradicts it`(answers: [Answer], expected: Int64?) {
        #expect(Self.measured(answers) == expected)
    }

    @Test(arguments: [0, 1, UInt64.max, UInt64(Int64.max), 1 << 63]) func `no time of another traps`(theirs: UInt64) {
        var offset = ClockOffset()
        for _ in 0..<3 {
            offset.measure(sent: 1_000, received: 2_000, theirs: theirs)
            offset.measure(sent: 3_000, received: 2_000, theirs: theirs)
            for time in [0, 1_000, UInt64(Int64.max), .max] { _ = offset.theirs(time) }
            offset.measure(sent: 5_000, received: 5_100, theirs: 5_050)
        }
    }

    // MARK: Over the bus

    /// Asks a service whose clock is so many seconds ahead for the deadline that it got, as a time of that clock.
    func remaining(ahead seconds: Int64, timeout: Duration) async throws -> (left: Duration, told: Double?) {
        let bus = try TestBus()
        let theirs = { @Sendable in UInt64(Int64(Deadline.now.microseconds) + seconds * 1_000_000) }
        let left = Mutex<UInt64>(0)
        let service = try ScriptedService(clock: theirs) { call in
            left.withLock { $0 = call.time > theirs() ? call.time - theirs() : 0 }
            var reply = Envelope(kind: .reply, id: call.id)
            reply.payload = Array(#"{"text":""}"#.utf8)[...]
            return [reply]
        }
        let address = Transport.inproc.freshAddress()
        try await service.serve(bus.context, at: address.calls)
        let caller = try bus.node("caller", ["echo": [address]])
        _ = try await caller.call(Echo.once, .init(text: ""), timeout: timeout)
        let told = caller.clocks.seconds["echo"]
        await caller.shutDown()
        await service.close()
        return (.microseconds(left.withLock { $0 }), told)
    }

    @Test(arguments: [11, -11, 0, 3_600] as [Int64])
    func `a deadline comes as a time of the service's clock, wherever that stands`(ahead: Int64) async throws {
        let (left, told) = try await remaining(ahead: ahead, timeout: .seconds(8))
        #expect(left > .seconds(4) && left < .seconds(9))
        #expect(abs((told ?? .infinity) - Double(ahead)) < 1)
    }

    @Test func `a service tells its time in answer to a greeting and to a ping, under the asker's number`() async throws
    {
        let bus = try TestBus()
        let (service, address) = try await bus.echo(at: Transport.ipc.freshAddress())
        let peer = try RawPeer()
        try await peer.connect(.dealer, to: address.calls)
        for (question, answer) in [(MessageKind.hello, MessageKind.welcome), (.ping, .pong)] {
            let before = Deadline.now.microseconds
            while try await !peer.send(Envelope(kind: question, id: 7, time: 1)) { try Task.checkCancellation() }
            let frame = try #require(try await peer.frame())
            let message = try Envelope(decoding: frame[...])
            #expect(message.kind == answer && message.id == 7)
            #expect(message.time >= before && message.time <= Deadline.now.microseconds)
        }
        await peer.end()
        await service.shutDown()
    }

    @Test(arguments: [(11.04, "11.0 s ahead"), (-0.26, "0.3 s behind"), (0, "0.0 s ahead")])
    func `people are told in seconds`(seconds: Double, text: String) {
        #expect(Duration.skewText(seconds) == text)
    }
}
