// How long a connection may take for what.

import Testing

@testable import HTTPServer

@Suite struct RequestClockTests {
    private static let patience = RequestClock.Patience(
        head: 10,
        request: 30,
        silence: 20,
        answer: 40,
        drain: 2,
        farewell: 5
    )

    private func verdict(_ clock: RequestClock, _ now: UInt64, isInHead: Bool = false) -> RequestClock.Verdict {
        clock.verdict(at: now, isInHead: isInHead, Self.patience)
    }

    @Test func `a head that trickles is too slow at its deadline, however often it is heard`() {
        var clock = RequestClock(now: 0)
        clock.enter(.arriving, at: 5)
        for now in 6...14 {
            clock.heard(at: UInt64(now))
            #expect(verdict(clock, UInt64(now), isInHead: true) == .goesOn)
        }
        #expect(verdict(clock, 15, isInHead: true) == .isTooSlow)
    }

    @Test func `a streamed answer goes on for as long as its client likes`() {
        var clock = RequestClock(now: 0)
        clock.enter(.handed, at: 0)
        #expect(verdict(clock, 40) == .isOver)
        clock.enter(.streaming, at: 0)
        #expect(verdict(clock, 1_000_000) == .goesOn)
    }

    @Test func `a body has the whole request's deadline, and silence its own`() {
        var clock = RequestClock(now: 0)
        clock.enter(.arriving, at: 0)
        clock.heard(at: 15)
        #expect(verdict(clock, 29) == .goesOn)
        #expect(verdict(clock, 30) == .isTooSlow)
        var silent = RequestClock(now: 0)
        silent.enter(.arriving, at: 0)
        #expect(verdict(silent, 20) == .isTooSlow)
    }

    @Test func `silence between requests, an answer nobody takes and a farewell end the connection`() {
        var clock = RequestClock(now: 0)
        #expect(verdict(clock, 19) == .goesOn)
        #expect(verdict(clock, 20) == .isOver)
        clock.enter(.handed, at: 100)
        #expect(verdict(clock, 139) == .goesOn)
        #expect(verdict(clock, 140) == .isOver)
        clock.enter(.refused, at: 200)
        #expect(verdict(clock, 900) == .goesOn, "it has not been told yet")
        clock.enter(.leaving, at: 1000)
        #expect(verdict(clock, 1004) == .goesOn)
        #expect(verdict(clock, 1005) == .isOver)
    }

    @Test(arguments: [RequestClock.Phase.idle, .arriving, .handed, .leaving])
    func `a look that began before something happened ends nothing`(phase: RequestClock.Phase) {
        var clock = RequestClock(now: 100)
        clock.enter(phase, at: 100)
        #expect(verdict(clock, 99, isInHead: true) == .goesOn)
    }

    @Test func `half a request is in the way of an end, however it trickles, and nothing else is`() {
        for (phase, verdict) in [
            (RequestClock.Phase.arriving, RequestClock.Verdict.isInTheWay), (.idle, .goesOn), (.handed, .goesOn),
        ] {
            var clock = RequestClock(now: 0)
            clock.enter(phase, at: 0)
            clock.heard(at: 4)
            #expect(clock.verdict(at: 4, isInHead: false, end: 3, Self.patience) == .goesOn)
            #expect(clock.verdict(at: 5, isInHead: false, end: 3, Self.patience) == verdict)
        }
    }

    @Test func `a farewell is short where the server is to end`() {
        var clock = RequestClock(now: 0)
        clock.enter(.leaving, at: 10)
        #expect(clock.verdict(at: 12, isInHead: false, Self.patience) == .goesOn)
        #expect(clock.verdict(at: 11, isInHead: false, end: 3, Self.patience) == .goesOn)
        #expect(clock.verdict(at: 12, isInHead: false, end: 3, Self.patience) == .isOver)
    }

    @Test func `going on with what it is at does not start its time anew`() {
        var clock = RequestClock(now: 0)
        clock.enter(.arriving, at: 1)
        clock.enter(.arriving, at: 9)
        #expect(clock.since == 1)
    }

    @Test func `the next request has its own time, also where it waits already`() {
        var clock = RequestClock(now: 0)
        clock.enter(.handed, at: 0)
        clock.begin(.handed, at: 39)
        #expect(verdict(clock, 78) == .goesOn)
        #expect(verdict(clock, 79) == .isOver)
    }
}
