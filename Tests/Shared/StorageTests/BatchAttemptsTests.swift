// How long a host is looked for, by a clock that is passed in.

import Testing

@testable import Storage

@Suite struct BatchAttemptsTests {
    private let start = ContinuousClock.now
    private var limits = StoreLimits()

    init() { (limits.commitTimeout, limits.settleTimeout) = (.seconds(3), .seconds(10)) }

    /// A process that stood still inside its transaction for a minute: the server has given it up meanwhile.
    @Test func `a host is looked for from the loss on, however long the closures took`() {
        var attempts = BatchAttempts(limits, from: start)
        attempts.starts()
        attempts.begins()
        attempts.commits([])
        let loss = start + .seconds(60)
        attempts.loses(at: loss)
        #expect(attempts.mayBeDone && attempts.waits(at: loss))
        #expect(attempts.waits(at: loss + .seconds(9.9)) && !attempts.waits(at: loss + .seconds(10)))
    }

    @Test func `what surely is not done is looked for only as long as an answer`() {
        var attempts = BatchAttempts(limits, from: start)
        attempts.starts()
        attempts.begins()
        attempts.loses(at: start + .seconds(60))
        #expect(attempts.waits(at: start + .seconds(62.9)) && !attempts.waits(at: start + .seconds(63)))
    }

    @Test func `further losses give it no more time`() {
        var attempts = BatchAttempts(limits, from: start)
        for second in 0..<20 {
            attempts.starts()
            attempts.begins()
            attempts.commits([])
            attempts.loses(at: start + .seconds(second))
        }
        #expect(attempts.mayBeDone && !attempts.waits(at: start + .seconds(10)))
    }
}
