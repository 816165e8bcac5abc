// When a write has had its share of the writer, and when all that it gets. The clock is the test's.

import Storage
import Synchronization
import Testing

@Suite struct WriteTurnTests {
    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)

        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }

    private var limits: StoreLimits {
        var limits = StoreLimits()
        (limits.maximumBatchTime, limits.maximumWriteTime) = (.milliseconds(20), .milliseconds(500))
        return limits
    }

    @Test func `a turn is shared after a batch's time, and over after a write's`() {
        let clock = Clock()
        let turn = WriteTurn(limits, canEnd: true) { clock.now }
        clock.advance(by: .milliseconds(19))
        #expect(!turn.isShared && !turn.isOver)
        clock.advance(by: .milliseconds(1))
        #expect(turn.isShared && !turn.isOver)
        clock.advance(by: .milliseconds(480))
        #expect(turn.isOver)
    }

    @Test func `what cannot be taken back is never over`() {
        let clock = Clock()
        let turn = WriteTurn(limits, canEnd: false) { clock.now }
        clock.advance(by: .seconds(3600))
        #expect(turn.isShared && !turn.isOver)
    }
}
