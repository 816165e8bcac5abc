// A point in time as it is stored and compared: whole Unix milliseconds.

import Foundation

package struct Timestamp: RawRepresentable, Codable, Sendable, Hashable, Comparable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    package static var now: Timestamp { Timestamp(rawValue: Int(Date().timeIntervalSince1970 * 1000)) }

    /// How far the clock may have stepped back without what was written before being doubted.
    package static let tolerance = Duration.seconds(60)

    /// Unix seconds, as tokens and answers have them.
    package var seconds: Int { rawValue / 1000 }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.rawValue < right.rawValue }

    package static func + (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(rawValue: saturated(time.rawValue.addingReportingOverflow(duration.milliseconds)))
    }

    package static func - (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(rawValue: saturated(time.rawValue.subtractingReportingOverflow(duration.milliseconds)))
    }

    /// What does not fit is for ever.
    private static func saturated(_ sum: (partialValue: Int, overflow: Bool)) -> Int {
        sum.overflow ? (sum.partialValue < 0 ? .max : .min) : sum.partialValue
    }

    /// Whether the two are less than `duration` apart, whichever is earlier.
    package func isWithin(_ duration: Duration, of other: Timestamp) -> Bool {
        let (distance, overflow) = rawValue.subtractingReportingOverflow(other.rawValue)
        return !overflow && distance.magnitude < UInt(max(0, duration.milliseconds))
    }

    /// The time that lies as far from `new` as this does from `old`.
    package func moved(from old: Timestamp, to new: Timestamp) -> Timestamp {
        let distance = Self.saturated(rawValue.subtractingReportingOverflow(old.rawValue))
        return Timestamp(rawValue: Self.saturated(new.rawValue.addingReportingOverflow(distance)))
    }

    package func distance(to later: Timestamp) -> Duration {
        .milliseconds(Self.saturated(later.rawValue.subtractingReportingOverflow(rawValue)))
    }

    /// Whole seconds from `earlier` to this, rounded up; at least 1. For `Retry-After`.
    package func secondsToWait(from earlier: Timestamp) -> Int {
        let wait = Self.saturated(rawValue.subtractingReportingOverflow(earlier.rawValue))
        return max(1, Self.saturated(wait.addingReportingOverflow(999)) / 1000)
    }
}

extension Duration {
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return Int(whole) &+ Int(attoseconds / 1_000_000_000_000_000)
    }
}
