// Which commit vouches for whom: one that was begun a moment before he came at the earliest. Pure: the clock is passed in.
//
//     came ──one has gone through that vouches for him──> over
//       ├──one is under way──> he waits for it, then looks again; where it failed, he has failed too
//       └──else──────────────> one begins, and he waits for it
//
// One at a time: who come together have one, and those who came too late for it have the next. That all who wait fail with it keeps them from
// waiting one behind the other for a database that is away.

struct VouchingCommits: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Turn: Equatable {
        case over
        case waits(for: UInt64)
        case begins(UInt64)
    }

    /// When the last one that went through was begun.
    private(set) var vouchedAt: Instant?
    private var last: UInt64 = 0
    private var isUnderWay = false
    private var failure: (number: UInt64, error: any Error)?

    /// What is to be done for who came at `came`; one that was begun at most `freshness` before vouches for him.
    mutating func turn(_ came: Instant, within freshness: Duration) -> Turn {
        if let vouchedAt, vouchedAt + freshness >= came { return .over }
        guard !isUnderWay else { return .waits(for: last) }
        (last, isUnderWay) = (last + 1, true)
        return .begins(last)
    }

    func isUnderWay(_ number: UInt64) -> Bool { isUnderWay && last == number }

    /// What it failed of, or one after it.
    func failure(of number: UInt64) -> (any Error)? {
        failure.flatMap { $0.number >= number ? $0.error : nil }
    }

    /// The one under way is over; that it went through is no word yet for whom it vouches (`vouch`).
    mutating func end(_ error: (any Error)?) {
        isUnderWay = false
        failure = error.map { (last, $0) }
    }

    /// One that was begun at `began` went through, on the connection that there is now.
    mutating func vouch(since began: Instant) { vouchedAt = max(vouchedAt ?? began, began) }

    /// There is another connection: what went through on the one before says nothing of it.
    mutating func forget() { vouchedAt = nil }
}
