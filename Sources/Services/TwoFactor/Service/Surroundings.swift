// What the service takes from the world, passed in so that tests decide it: the time and randomness.

internal import Bus
internal import Secrets

package struct UnixClock: Sendable {
    /// Seconds since 1970.
    package let now: @Sendable () -> Int64

    package init(now: @escaping @Sendable () -> Int64) { self.now = now }

    /// The host's clock, which a topology keeps in step (NTP).
    package static let system = UnixClock { Int64(Deadline.now.microseconds / 1_000_000) }
}

package struct Randomness: Sendable {
    /// Uniform bytes; throws where the host has no entropy.
    package let bytes: @Sendable (Int) throws -> [UInt8]
    /// Uniform decimal digits.
    package let digits: @Sendable (Int) throws -> String

    package init(
        bytes: @escaping @Sendable (Int) throws -> [UInt8],
        digits: @escaping @Sendable (Int) throws -> String
    ) {
        self.bytes = bytes
        self.digits = digits
    }

    package static let system = Randomness(
        bytes: { count in try Random.bytes(count) },
        digits: { count in try Random.digits(count) }
    )
}
