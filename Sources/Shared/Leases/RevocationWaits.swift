// How long revocations have waited for those who held a lease. Pure; it counts and never forgets.

struct RevocationWaits {
    private var count = 0
    private var sum = Duration.zero
    private var longest = Duration.zero

    mutating func note(_ waited: Duration) {
        (count, sum, longest) = (count + 1, sum + waited, max(longest, waited))
    }

    /// As metrics have them: seconds.
    var numbers: [String: Double] {
        [
            "revocations_waited_total": Double(count), "revocation_wait_seconds_total": sum / .seconds(1),
            "revocation_wait_seconds_longest": longest / .seconds(1),
        ]
    }
}
