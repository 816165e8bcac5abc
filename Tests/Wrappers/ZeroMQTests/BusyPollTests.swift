// When a loop looks for what comes next and when it sleeps, by the waits and the work before that. No loop runs; the times are passed in.

import Testing

@testable import ZeroMQ

@Suite struct BusyPollTests {
    /// Waits and works in turn, and says whether the loop would look at the beginning of the wait after them.
    func looks(limit: UInt64 = 200, after turns: [(wait: UInt64, work: UInt64)]) -> Bool {
        var (poll, now) = (BusyPoll(limit: limit), UInt64(1_000_000))
        for turn in turns {
            poll.waited(from: now, until: now + turn.wait)
            now += turn.wait + turn.work
        }
        return poll.isWorthwhile(at: now)
    }

    @Test func `a loop sleeps until its waits have been short for a while`() {
        #expect(!looks(after: []))
        #expect(!looks(after: [(50, 10)]))
        #expect(looks(after: Array(repeating: (50, 10), count: 40)))
    }

    @Test func `one long wait is forgotten after some short ones`() {
        let conversation = Array(repeating: (wait: UInt64(50), work: UInt64(10)), count: 40)
        #expect(!looks(after: conversation + [(60_000_000_000, 10)]))
        #expect(looks(after: conversation + [(60_000_000_000, 10)] + conversation.prefix(8)))
    }

    @Test func `waits that are longer than the limit are slept through`() {
        #expect(!looks(after: Array(repeating: (250, 10), count: 100)))
    }

    @Test func `a loop with much to do sleeps in between`() {
        #expect(!looks(after: Array(repeating: (50, 150), count: 100)))
    }

    @Test func `it gives up at the limit, and where somebody else has the processor`() {
        let poll = BusyPoll(limit: 200)
        #expect(poll.goesOn(from: 1_000, last: 1_000, now: 1_000))
        #expect(poll.goesOn(from: 1_000, last: 1_190, now: 1_199))
        #expect(!poll.goesOn(from: 1_000, last: 1_190, now: 1_200))
        #expect(!poll.goesOn(from: 1_000, last: 1_010, now: 1_060))
    }

    @Test func `without a limit it never looks`() {
        #expect(!looks(limit: 0, after: Array(repeating: (0, 0), count: 100)))
    }
}
