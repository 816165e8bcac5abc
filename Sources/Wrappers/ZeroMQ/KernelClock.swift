// The kernel's clocks as whole numbers. A reading costs some 25 ns; `ContinuousClock` and `Date` add arithmetic in 128 bits and in
// floating point, which a call would pay several times.

internal import CZeroMQ

package enum KernelClock {
    /// Since some moment in the past, never going back (CLOCK_MONOTONIC).
    package static var nanoseconds: UInt64 { read(CLOCK_MONOTONIC, unit: 1) }

    /// Since 1970-01-01T00:00:00Z (CLOCK_REALTIME).
    package static var unixMicroseconds: UInt64 { read(CLOCK_REALTIME, unit: 1_000) }

    private static func read(_ clock: clockid_t, unit: UInt64) -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return UInt64(truncatingIfNeeded: time.tv_sec) &* (1_000_000_000 / unit)
            &+ UInt64(truncatingIfNeeded: time.tv_nsec) / unit
    }
}
