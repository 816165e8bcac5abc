// How much of an allowance is left, as one instant: when the bucket will be full again. Pure; instants are nanoseconds of any clock that only
// goes forward.
//
//     full at (past) ──take──> full a little later ──take──> … ──(later than a whole bucket from now)──> refused, and how long to wait
//
// The generic cell rate algorithm: a bucket of n tokens that fills at a steady rate, without ever having to be filled.

internal import Topology

struct TokenBucket: Sendable, Equatable {
    /// An allowance in this machine's terms.
    struct Pace: Sendable, Equatable {
        /// Nanoseconds until one token has come back.
        let interval: UInt64
        let burst: Int

        init(_ allowance: Topology.Gateway.Allowance) {
            let period = UInt64(clamping: Int64(allowance.period / .nanoseconds(1)))
            interval = max(1, period / UInt64(max(1, allowance.count)))
            burst = max(1, allowance.burst)
        }

        /// From empty to full.
        var depth: UInt64 {
            let (product, isTooMuch) = interval.multipliedReportingOverflow(by: UInt64(burst))
            return isTooMuch ? 1 << 62 : min(product, 1 << 62)
        }
    }

    /// What a bucket says of itself.
    struct Standing: Sendable, Equatable {
        let remaining: Int
        /// Nanoseconds until it is full.
        let reset: UInt64
        /// Nanoseconds until it has one more; 0 where it has one now.
        let wait: UInt64
    }

    private var full: UInt64 = 0

    /// As it stands, with nothing taken.
    func standing(_ pace: Pace, at now: UInt64) -> Standing {
        let reset = full > now ? full - now : 0
        let left = pace.depth - min(pace.depth, reset)
        let remaining = Int(clamping: left / pace.interval)
        return Standing(remaining: remaining, reset: reset, wait: remaining > 0 ? 0 : pace.interval - left)
    }

    /// Takes one, which must be there.
    mutating func take(_ pace: Pace, at now: UInt64) { full = max(full, now) + pace.interval }
}
