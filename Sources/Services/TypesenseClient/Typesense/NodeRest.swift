// Whether a node may be asked now. Pure: the clock and chance are passed in.
//
//     open ──failed──> resting ──pause over──> probing ──failed──> resting, for up to twice as long
//       ↑                                        └── answered ──┐
//       └───────────────────────────────────────────────────────┘
//
// While it rests nobody asks it, and then one request is the probe: a server that comes back is not met by all that waited.

package struct NodeRest {
    package enum Entry: Sendable, Equatable {
        case open
        /// The one that finds out whether the node is back.
        case probe
        /// Not now.
        case refused
    }

    private static let base = Duration.milliseconds(100)
    private static let cap = Duration.seconds(5)

    private var failures = 0
    private var until: ContinuousClock.Instant?
    private var isProbed = false

    package init() {}

    package mutating func enter(at now: ContinuousClock.Instant) -> Entry {
        guard let until else { return .open }
        guard !isProbed, now >= until else { return .refused }
        isProbed = true
        return .probe
    }

    package mutating func answered() { self = NodeRest() }

    /// The request ended without saying anything about the node.
    package mutating func leftOpen(_ entry: Entry) {
        if entry == .probe { isProbed = false }
    }

    /// The pause is half of its span at least, so that a node that is away gets its rest; `chance`, 0 to 1, says where in the other half it ends.
    package mutating func failed(_ entry: Entry, at now: ContinuousClock.Instant, chance: Double) {
        // Many that were under way fail together: that is one failure.
        guard entry == .probe || until == nil else { return }
        failures += 1
        isProbed = false
        let span = min(Self.base * (1 << min(failures - 1, 10)), Self.cap)
        until = now + span * (0.5 + chance / 2)
    }
}
