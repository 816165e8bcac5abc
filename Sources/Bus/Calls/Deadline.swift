// An absolute point in time after which nobody waits for the answer any more. Travels in the envelope as Unix microseconds.
//
// Hosts of one ecosystem keep their clocks in step (NTP); inside a process time left is measured on the same clock.

internal import ZeroMQ

/// A moment after which nobody waits for the answer any more.
public struct Deadline: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: UInt64

    /// From what an envelope or a log has said: microseconds since 1970-01-01T00:00:00Z.
    public init(microseconds: UInt64) { self.microseconds = microseconds }

    /// The deadline that lies `duration` after now; a duration below zero is now.
    public static func after(_ duration: Duration) -> Deadline {
        let (sum, overflow) = now.microseconds.addingReportingOverflow(duration.wholeMicroseconds)
        return Deadline(microseconds: overflow ? .max : sum)
    }

    /// This moment, on this host's clock; adjusting that moves it.
    public static var now: Deadline { Deadline(microseconds: KernelClock.unixMicroseconds) }

    /// What is left, never below zero.
    public var remaining: Duration { remaining(at: .now) }

    package func remaining(at now: Deadline) -> Duration {
        microseconds > now.microseconds ? .microseconds(Int64(clamping: microseconds - now.microseconds)) : .zero
    }

    /// True from the microsecond itself on.
    public var hasPassed: Bool { self <= .now }

    public static func < (left: Deadline, right: Deadline) -> Bool { left.microseconds < right.microseconds }
}

extension Duration {
    /// Whole microseconds; below zero is zero, and what does not fit is as many as do.
    package var wholeMicroseconds: UInt64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? 0 : UInt64(Int64.max) }
        return UInt64(clamping: whole &+ attoseconds / 1_000_000_000_000)
    }
}
