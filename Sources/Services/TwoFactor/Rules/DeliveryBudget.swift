// How often codes are sent to one user, and to one address whoever asks: a pause between two, and so many a day. Failed deliveries
// count: they too cost somebody money, and an address may be a stranger's.

package struct DeliveryPolicy: Sendable, Equatable {
    /// Seconds between two codes.
    package var cooldown: Int64 = 30
    /// Codes within 24 hours of the first.
    package var dailyCap = 20

    package init() {}
}

package struct DeliveryBudget: Sendable, Equatable {
    private static let day: Int64 = 24 * 60 * 60

    /// Unix seconds of the last code; nil before the first.
    package var lastAt: Int64?
    /// Unix seconds at which the day in hand began.
    package var dayStart: Int64 = 0
    package var sent = 0

    package init(lastAt: Int64? = nil, dayStart: Int64 = 0, sent: Int = 0) {
        self.lastAt = lastAt
        self.dayStart = dayStart
        self.sent = sent
    }

    /// Charges one delivery, or says how many seconds there are to wait and charges nothing.
    package mutating func claim(_ policy: DeliveryPolicy, now: Int64) -> Int64? {
        // What lies ahead was written while the clock was ahead, and says nothing of how long ago it was.
        if let lastAt, lastAt <= now, now < lastAt + policy.cooldown { return lastAt + policy.cooldown - now }
        if dayStart > now || now >= dayStart + Self.day { (dayStart, sent) = (now, 0) }
        guard sent < policy.dailyCap else { return dayStart + Self.day - now }
        sent += 1
        lastAt = now
        return nil
    }
}
