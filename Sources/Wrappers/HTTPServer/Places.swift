// How many connections there may be, altogether and from one address, and what becomes of one more. Pure.
//
// Nobody keeps a place by being slow: where all are taken, one more takes that of whoever has kept the server waiting longest, and only where
// all have requests in hand it is refused. The places of one address end first at its own bound, so that there are some for others; a proxy
// speaks for many, and has no such bound.

package struct Places: Sendable {
    package enum Entry: Sendable, Equatable {
        case free
        /// There is room for it while another one leaves: one from this address, or, where nil, any.
        case instead(of: String?)
        case refused
    }

    /// Those that leave are still here for a moment: so many may be beyond the bound meanwhile.
    package static let slack = 64

    package let most: Int
    package let mostFromOne: Int
    package private(set) var taken = 0
    private var byAddress: [String: Int] = [:]
    private let speaksForMany: @Sendable (String) -> Bool

    /// `speaksForMany` says whether an address is that of a proxy, whose connections are those of others.
    package init(most: Int, mostFromOne: Int, speaksForMany: @escaping @Sendable (String) -> Bool = { _ in false }) {
        self.most = most
        self.mostFromOne = mostFromOne
        self.speaksForMany = speaksForMany
    }

    /// A place is taken unless the entry is `.refused`.
    package mutating func enter(_ address: String) -> Entry {
        let own = byAddress[address, default: 0]
        let isBeyond = own >= mostFromOne && !speaksForMany(address)
        guard taken < most + Places.slack, !isBeyond || own < mostFromOne + Places.slack else { return .refused }
        taken += 1
        byAddress[address] = own + 1
        if isBeyond { return .instead(of: address) }
        return taken > most ? .instead(of: nil) : .free
    }

    package mutating func leave(_ address: String) {
        taken -= 1
        let own = byAddress[address, default: 1] - 1
        byAddress[address] = own > 0 ? own : nil
    }
}
