// How long a transfer has moved nothing, in either direction. Pure: the time is passed in. libcurl's own low-speed limit looks at the last five
// seconds, and so notices that much later.

struct Stall {
    private let limit: Duration
    private var last: (bytes: Int64, since: ContinuousClock.Instant)?

    init(limit: Duration) { self.limit = limit }

    /// Whether it has stood still for as long as it may.
    mutating func isOver(moved bytes: Int64, at now: ContinuousClock.Instant) -> Bool {
        guard let last, last.bytes == bytes else {
            last = (bytes, now)
            return false
        }
        return last.since.duration(to: now) >= limit
    }
}
