// One write's turn at the writer, for whoever does much in it: others wait meanwhile. Pure: the clock is passed in.

package struct WriteTurn: Sendable {
    private let shareEnd: ContinuousClock.Instant
    private let end: ContinuousClock.Instant?
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Begins now. `canEnd`: what it has done can be taken back at any time.
    package init(
        _ limits: StoreLimits,
        canEnd: Bool,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        let start = now()
        shareEnd = start + limits.maximumBatchTime
        end = canEnd ? start + limits.maximumWriteTime : nil
        self.now = now
    }

    /// It has had what a transaction takes in: what can be left to a write of its own should be.
    package var isShared: Bool { now() >= shareEnd }

    /// It has gone on for as long as a write may: nothing more is to be begun.
    package var isOver: Bool { end.map { now() >= $0 } ?? false }
}
