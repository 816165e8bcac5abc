// Latencies as a log-linear histogram: 16 steps to each doubling, so any quantile is at most a sixteenth too high, in 5 KB whatever is recorded.

package struct Histogram: Sendable {
    private static let stepBits = 4
    private static let steps = 1 << stepBits
    private var counts = InlineArray<640, UInt64>(repeating: 0)
    package private(set) var count: UInt64 = 0
    package private(set) var max: UInt64 = 0

    package init() {}

    /// Microseconds.
    package mutating func record(_ value: UInt64) {
        counts[Self.bucket(of: value)] += 1
        count += 1
        if value > max { max = value }
    }

    /// The upper bound of the bucket in which the quantile lies, never above the maximum.
    package func quantile(_ q: Double) -> UInt64 {
        var left = UInt64((Double(count) * q).rounded(.up))
        for bucket in counts.indices where counts[bucket] > 0 {
            let n = counts[bucket]
            if n >= left { return Swift.min(Self.upperBound(of: bucket), max) }
            left -= n
        }
        return max
    }

    /// [upper bound, count] of every bucket that holds something, in ascending order.
    package var buckets: [[UInt64]] {
        counts.indices.filter { counts[$0] > 0 }.map { [Self.upperBound(of: $0), counts[$0]] }
    }

    private static func bucket(of value: UInt64) -> Int {
        guard value >= steps else { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount - stepBits
        return Swift.min(639, (exponent + 1) * steps + Int(value >> UInt64(exponent)) - steps)
    }

    private static func upperBound(of bucket: Int) -> UInt64 {
        guard bucket >= steps else { return UInt64(bucket) }
        let exponent = bucket / steps - 1
        return (UInt64(bucket % steps + steps + 1) << UInt64(exponent)) - 1
    }
}
