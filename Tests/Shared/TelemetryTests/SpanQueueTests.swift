// When spans go to a collector, and what becomes of those that cannot.

import Bus
import Testing

@testable import Telemetry

@Suite struct SpanQueueTests {
    private let start = ContinuousClock.now

    private func limits(queue: Int = 6, batch: Int = 2) -> SpanQueue.Limits {
        var limits = SpanQueue.Limits()
        (limits.queue, limits.batch, limits.interval) = (queue, batch, .seconds(1))
        (limits.giveUp, limits.firstPause, limits.longestPause) = (.seconds(60), .seconds(1), .seconds(8))
        return limits
    }

    private func span(_ name: String) -> SpanRecord {
        SpanRecord(kind: .served, trace: .begin(), name: name, other: "x", began: 0, duration: 1)
    }

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func filled(_ count: Int, _ limits: SpanQueue.Limits? = nil) -> SpanQueue {
        var queue = SpanQueue(limits ?? self.limits())
        for number in 0..<count { _ = queue.add(span("\(number)"), at: start) }
        return queue
    }

    /// What a step says, short enough to compare.
    private func told(_ step: SpanQueue.Step) -> String {
        switch step {
        case .send(let spans): "send " + spans.map(\.name).joined(separator: " ")
        case .rest(let until): until.map { "rest \(start.duration(to: $0) / .seconds(1))" } ?? "rest"
        case .ended: "ended"
        }
    }

    @Test func `nothing is due until something comes, and that goes when it has been gathered for a while`() {
        var queue = SpanQueue(limits())
        #expect(told(queue.next(at: start)) == "rest")
        let wakes = queue.add(span("a"), at: at(1))
        #expect(wakes)
        #expect(told(queue.next(at: at(1.5))) == "rest 2.0")
        #expect(told(queue.next(at: at(2))) == "send a")
        #expect(told(queue.next(at: at(2))) == "rest")
        queue.settle(.taken(), at: at(2.1), jitter: 0)
        #expect(queue.sent == 1 && queue.waiting == 0 && queue.losses.all == 0)
    }

    @Test func `a full batch goes at once, the oldest first, and one at a time`() {
        var queue = SpanQueue(limits())
        let wakes = ["a", "b", "c"].map { queue.add(span($0), at: start) }
        #expect(wakes == [true, true, false])
        #expect(told(queue.next(at: start)) == "send a b")
        _ = queue.add(span("d"), at: start)
        #expect(told(queue.next(at: start)) == "rest")
        queue.settle(.taken(), at: start, jitter: 0)
        #expect(told(queue.next(at: start)) == "send c d")
    }

    @Test func `what finds no room is counted, and what was there before it stays`() {
        var queue = filled(9)
        #expect(queue.waiting == 6 && queue.losses == .init(unqueued: 3))
        #expect(told(queue.next(at: start)) == "send 0 1")
    }

    @Test func `later means again, after pauses that double up to the longest`() {
        var queue = filled(2)
        var pauses: [String] = []
        var now = start
        for _ in 0..<6 {
            #expect(told(queue.next(at: now)) == "send 0 1")
            queue.settle(.later("HTTP 503"), at: now, jitter: 1)
            guard case .rest(let until?) = queue.next(at: now) else { break }
            pauses.append("\(now.duration(to: until) / .seconds(1))")
            now = until
        }
        #expect(pauses == ["1.0", "2.0", "4.0", "8.0", "8.0", "8.0"])
        queue.settle(.taken(), at: now, jitter: 0)
        #expect(queue.losses.all == 0)
    }

    @Test func `a collector that says when is waited for, but not for ever`() {
        var queue = filled(4)
        _ = queue.next(at: start)
        queue.settle(.later("HTTP 429", after: .seconds(5)), at: start, jitter: 1)
        #expect(told(queue.next(at: at(4.9))) == "rest 5.0")
        #expect(told(queue.next(at: at(5))) == "send 0 1")
        queue.settle(.later("HTTP 429", after: .seconds(1_000_000)), at: at(5), jitter: 1)
        #expect(told(queue.next(at: at(5))) == "rest 21.0")
    }

    @Test func `what was tried for too long is dropped, and the pause stays for the next`() {
        var queue = filled(4)
        _ = queue.next(at: start)
        queue.settle(.later("no"), at: start, jitter: 1)
        _ = queue.next(at: at(1))
        queue.settle(.later("no"), at: at(59), jitter: 1)
        #expect(queue.losses == .init(undelivered: 2))
        #expect(told(queue.next(at: at(59))) == "rest 61.0")
        #expect(told(queue.next(at: at(61))) == "send 2 3")
    }

    @Test func `what is refused is not sent again`() {
        var queue = filled(4)
        _ = queue.next(at: start)
        queue.settle(.refused("HTTP 400"), at: start, jitter: 0)
        #expect(told(queue.next(at: start)) == "send 2 3")
        queue.settle(.taken(rejected: 1), at: start, jitter: 0)
        #expect(queue.losses == .init(refused: 3) && queue.sent == 1)
    }

    @Test func `at the end all of it goes at once, also what waited to be sent again`() {
        var queue = filled(3)
        _ = queue.next(at: start)
        queue.settle(.later("no"), at: start, jitter: 1)
        queue.finish(by: at(1))
        for expected in ["send 0 1", "send 2"] {
            #expect(told(queue.next(at: at(0.1))) == expected)
            queue.settle(.taken(), at: at(0.1), jitter: 0)
        }
        #expect(told(queue.next(at: at(0.1))) == "ended" && queue.losses.all == 0)
    }

    @Test func `the end waits for nobody who asks for more time than is left`() {
        var queue = filled(3)
        _ = queue.next(at: start)
        queue.settle(.later("HTTP 429", after: .seconds(5)), at: start, jitter: 1)
        queue.finish(by: at(1))
        #expect(told(queue.next(at: at(0.1))) == "ended" && queue.losses == .init(undelivered: 3))
        var late = filled(3)
        late.finish(by: at(1))
        #expect(told(late.next(at: at(1))) == "ended" && late.losses == .init(undelivered: 3))
    }

    @Test func `losses are said once a minute, and at the end`() {
        var report = SpanReport()
        #expect(report.due(.init(), at: start) == nil)
        #expect(report.due(.init(unqueued: 2), at: start) == .init(unqueued: 2))
        #expect(report.due(.init(unqueued: 5), at: at(59)) == nil)
        #expect(report.due(.init(unqueued: 5, refused: 1), at: at(60)) == .init(unqueued: 3, refused: 1))
        #expect(report.due(.init(unqueued: 5, refused: 1), at: at(200)) == nil)
        #expect(report.due(.init(unqueued: 6, refused: 1), at: at(201), isEnd: true) == .init(unqueued: 1))
    }
}
