// Whether a call has begun to change something: what decides if its deadline may still be answered with "it did not happen".
//
//     open ──begin──> begun ──ratchets: begin again is true──> …     its outcome is waited for, however late
//       └───abandon──> over                                          nothing of it begins any more
//
// Whoever is about to change something asks `begin` first; whoever answers at a deadline asks `abandon` first. One of the two wins, so no
// answer says "it did not happen" of what happens afterwards. It knows nothing of time and of what the effect is.
//
// It also keeps whether the effect is this call's own, or that of an earlier one under the same idempotency key (`noteOrigin`), and how long its commits
// took to reach the disk (`noteDisk`).

internal import Synchronization

package final class CallEffect: Sendable {
    private enum State {
        static let open: UInt8 = 0
        static let begun: UInt8 = 1
        static let over: UInt8 = 2
    }

    private enum Origin {
        static let own: UInt8 = 1
        static let earlier: UInt8 = 2
    }

    private let state = Atomic<UInt8>(State.open)
    private let origins = Atomic<UInt8>(0)
    private let disk = Atomic<UInt64>(0)

    package init() {}

    package var hasBegun: Bool { state.load(ordering: .acquiring) == State.begun }

    /// Whether the change may be made; false where its call has been answered already.
    package func begin() -> Bool { settle(on: State.begun) }

    /// Whether nothing has been changed, and nothing will be; false where something has begun.
    package func abandon() -> Bool { settle(on: State.over) }

    /// Whether the answer was given before, all of it: a request that is done in portions may be half done when it is repeated.
    package var isRepeat: Bool { origins.load(ordering: .acquiring) == Origin.earlier }

    /// Notes where an answer, or a part of it, comes from: remembered from an earlier call, or made by this one.
    package func noteOrigin(isEarlierCall: Bool) {
        origins.bitwiseOr(isEarlierCall ? Origin.earlier : Origin.own, ordering: .acquiringAndReleasing)
    }

    /// Nanoseconds from the end of its writes until they were on the disk, all of them together; 0 where it wrote nothing.
    package var diskTime: UInt64 { disk.load(ordering: .acquiring) }

    /// Notes how long a commit took, that of others that shared it included.
    package func noteDisk(_ time: Duration) {
        disk.wrappingAdd(time.wholeMicroseconds * 1_000, ordering: .acquiringAndReleasing)
    }

    private func settle(on wanted: UInt8) -> Bool {
        let (exchanged, original) = state.compareExchange(
            expected: State.open,
            desired: wanted,
            ordering: .acquiringAndReleasing
        )
        return exchanged || original == wanted
    }
}
