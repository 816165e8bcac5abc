// What is said of lost spans, and how often: a collector that is down must not fill the log as well.

/// When losses are said, and how many since they were said last. Pure.
struct SpanReport {
    static let interval = Duration.seconds(60)

    /// What went wrong last, in a few words.
    private(set) var reason = ""
    private var said = SpanQueue.Losses()
    private var last: ContinuousClock.Instant?

    mutating func note(_ reason: String) { if !reason.isEmpty { self.reason = reason } }

    /// What is to be said now: the losses since the last time, at most once a minute; all that is left at the end.
    mutating func due(_ losses: SpanQueue.Losses, at now: ContinuousClock.Instant, isEnd: Bool = false)
        -> SpanQueue.Losses?
    {
        guard losses != said, isEnd || last.map({ $0.duration(to: now) >= Self.interval }) ?? true else { return nil }
        defer { (said, last) = (losses, now) }
        return SpanQueue.Losses(
            unqueued: losses.unqueued - said.unqueued,
            refused: losses.refused - said.refused,
            undelivered: losses.undelivered - said.undelivered
        )
    }
}
