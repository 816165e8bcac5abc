// What a client is told of its allowances: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers), and the refusal.
//
//     RateLimit-Policy: "address";q=600;w=2, "kms.login";q=10;w=60
//     RateLimit: "address";r=599;t=1, "kms.login";r=0;t=6

internal import Bus

enum RateLimitFields {
    /// `q` is how many at once, `w` the seconds in which they come back, `r` how many are left, `t` the seconds until there are all.
    static func fields(_ answers: [RateLimiter.Answer]) -> [(String, String)] {
        guard !answers.isEmpty else { return [] }
        let policies = answers.map { "\"\($0.policy)\";q=\($0.pace.burst);w=\(max(1, seconds($0.pace.depth)))" }
        let standings = answers.map { "\"\($0.policy)\";r=\($0.standing.remaining);t=\(seconds($0.standing.reset))" }
        return [
            ("RateLimit-Policy", policies.joined(separator: ", ")), ("RateLimit", standings.joined(separator: ", ")),
        ]
    }

    /// Why a request is refused; nil where it is not.
    static func refusal(_ answers: [RateLimiter.Answer]) -> Failure? {
        guard let longest = answers.max(by: { $0.wait < $1.wait }), longest.wait > 0 else {
            return nil
        }
        let wait = max(1, seconds(longest.wait))
        return Failure(
            .tooManyRequests,
            "The allowance \"\(longest.policy)\" is used up: \(longest.pace.burst) at once. Nothing was done.",
            retryAfter: wait
        )
    }

    /// Never less than it takes.
    private static func seconds(_ nanoseconds: UInt64) -> Int {
        Int(clamping: (nanoseconds + 999_999_999) / 1_000_000_000)
    }
}
