// How much one transaction takes in: so many writes, and none after so long, lest those behind wait for strangers. Pure: the clock is passed in.

package struct BatchBudget {
    private var left: Int
    private let end: ContinuousClock.Instant

    package init(_ limits: StoreLimits, from now: ContinuousClock.Instant) {
        left = limits.maximumBatch
        end = now + limits.maximumBatchTime
    }

    /// Whether one more is taken in. The first always is: a transaction without any would be none.
    package mutating func admits(at now: ContinuousClock.Instant, isFirst: Bool) -> Bool {
        guard left > 0, isFirst || now < end else { return false }
        left -= 1
        return true
    }
}
