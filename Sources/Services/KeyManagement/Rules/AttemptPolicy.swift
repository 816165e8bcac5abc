// How many guesses somebody gets. An attempt is claimed before it is evaluated, as if it failed; a success clears the count.
//
//     attempt   1 2 3 4 5   6    7    8    …   15…
//     wait after 0 0 0 0 1 s 2 s  4 s  8 s  …   15 min at most          forgotten after a day without an attempt
//
// Waits end by themselves, so nobody can be locked out for good, and an attempt within a wait is refused without making it longer.
// At the longest wait that is 96 guesses a day (NIST SP 800-63B-4 §3.2.2 allows 100 in a row, forced waits between them).

package struct AttemptPolicy: Sendable, Equatable {
    /// Attempts before the first wait.
    package var free = 5
    package var firstWait = Duration.seconds(1)
    package var longestWait = Duration.seconds(15 * 60)
    package var memory = Duration.seconds(86_400)

    package init() {}

    package enum Claim: Equatable {
        /// Evaluate the attempt, and store this.
        case granted(AttemptCount)
        /// Do not look at it, and store this: it opens then.
        case refused(AttemptCount)
    }

    /// Decides on one more attempt in `lane`, of which `count` is known.
    package func claim(_ lane: String, _ count: AttemptCount?, at now: Timestamp) -> Claim {
        let known = count.flatMap { isForgotten($0, at: now) ? nil : $0 }
        if let known, known.opensAt > now { return .refused(bounded(known, at: now)) }
        return .granted(state(lane, (known?.count ?? 0) + 1, at: now))
    }

    /// Takes back a claim that was never evaluated.
    package func release(_ count: AttemptCount, at now: Timestamp) -> AttemptCount {
        var released = state(count.id, max(0, count.count - 1), at: now)
        released.opensAt = min(released.opensAt, count.opensAt)
        return released
    }

    /// A wait that is longer than its rule gives was written while the clock was ahead; it is shortened once, and then runs.
    private func bounded(_ count: AttemptCount, at now: Timestamp) -> AttemptCount {
        var bounded = count
        bounded.opensAt = min(count.opensAt, now + wait(after: count.count))
        return bounded
    }

    private func state(_ lane: String, _ count: Int, at now: Timestamp) -> AttemptCount {
        AttemptCount(id: lane, count: count, opensAt: now + wait(after: count), expiresAt: now + memory)
    }

    private func wait(after count: Int) -> Duration {
        guard count >= free else { return .zero }
        return min(longestWait, firstWait * (1 << min(count - free, 30)))
    }

    private func isForgotten(_ count: AttemptCount, at now: Timestamp) -> Bool {
        count.expiresAt.map { $0 <= now } ?? false
    }
}
