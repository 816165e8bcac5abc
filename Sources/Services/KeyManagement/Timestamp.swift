// A point in time as it is stored and compared: whole Unix milliseconds.

import Foundation

package struct Timestamp: RawRepresentable, Codable, Sendable, Hashable, Comparable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    package static var now: Timestamp { Timestamp(rawValue: Int(Date().timeIntervalSince1970 * 1000)) }

    /// Unix seconds, as tokens and answers have them.
    package var seconds: Int { rawValue / 1000 }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.rawValue < right.rawValue }

    package static func + (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(rawValue: time.rawValue + duration.milliseconds)
    }

    package static func - (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(rawValue: time.rawValue - duration.milliseconds)
    }

    /// Whole seconds from `earlier` to this, rounded up; at least 1. For `Retry-After`.
    package func secondsToWait(from earlier: Timestamp) -> Int {
        max(1, (rawValue - earlier.rawValue + 999) / 1000)
    }
}

extension Duration {
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
