// When a batch takes no more: by number, and by a time that is passed in.

import Storage
import Testing

@Suite struct BatchBudgetTests {
    let start = ContinuousClock.now
    var limits: StoreLimits {
        var limits = StoreLimits()
        (limits.maximumBatch, limits.maximumBatchTime) = (3, .milliseconds(20))
        return limits
    }

    @Test func `a batch takes so many`() {
        var budget = BatchBudget(limits, from: start)
        let admitted = (1...4).map { budget.admits(at: start, isFirst: $0 == 1) }
        #expect(admitted == [true, true, true, false])
    }

    @Test func `a batch takes none after so long, but always one`() {
        var budget = BatchBudget(limits, from: start)
        let late = start + .milliseconds(20)
        let inTime = budget.admits(at: start + .milliseconds(19), isFirst: false)
        let tooLate = budget.admits(at: late, isFirst: false)
        let first = budget.admits(at: late, isFirst: true)
        #expect(inTime && !tooLate && first)
    }
}
