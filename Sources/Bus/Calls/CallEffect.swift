// Whether a call has begun to change something: what decides if its deadline may still be answered with "it did not happen".
//
//     open ──begin──> begun ──ratchets: begin again is true──> …     its outcome is waited for, however late
//       └───abandon──> over                                          nothing of it begins any more
//
// Whoever is about to change something asks `begin` first; whoever answers at a deadline asks `abandon` first. One of the two wins, so no
// answer says "it did not happen" of what happens afterwards. It knows nothing of time and of what the effect is.

internal import Synchronization

package final class CallEffect: Sendable {
    private enum State {
        static let open: UInt8 = 0
        static let begun: UInt8 = 1
        static let over: UInt8 = 2
    }

    private let state = Atomic<UInt8>(State.open)

    package init() {}

    package var hasBegun: Bool { state.load(ordering: .acquiring) == State.begun }

    /// Whether the change may be made; false where its call has been answered already.
    package func begin() -> Bool { settle(on: State.begun) }

    /// Whether nothing has been changed, and nothing will be; false where something has begun.
    package func abandon() -> Bool { settle(on: State.over) }

    private func settle(on wanted: UInt8) -> Bool {
        let (exchanged, original) = state.compareExchange(
            expected: State.open,
            desired: wanted,
            ordering: .acquiringAndReleasing
        )
        return exchanged || original == wanted
    }
}
