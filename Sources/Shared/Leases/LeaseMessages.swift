// What keeper and holder of verdicts say to each other (`docs/wire.md`, Leases). Times are durations: no clock is compared with another one.

/// "I hold verdicts of yours. So far I have heard of what was taken away; let me go on, and say when there is more."
public struct LeaseRequest: Codable, Sendable, Equatable {
    /// Random, of one life of a holder.
    public let holder: String
    /// The keeper's life that `applied` counts in; nil where nothing of it is held.
    public let term: String?
    /// All revocations up to this number are applied: nothing that they took away is let in any more.
    public let applied: UInt64
    /// True where the holder has let go of everything, and will not come again.
    public let leaves: Bool?
    /// How many replicas of the keeper's service the holder follows; nil for one.
    public let keepers: Int?

    package init(holder: String, term: String?, applied: UInt64, leaves: Bool? = nil, keepers: Int? = nil) {
        (self.holder, self.term, self.applied, self.leaves, self.keepers) = (holder, term, applied, leaves, keepers)
    }
}

/// "Your lease runs so long from when you asked, and this was taken away meanwhile."
public struct LeaseAnswer: Codable, Sendable, Equatable {
    /// The keeper's present life; another one than the holder's: everything is to be forgotten.
    public let term: String
    /// The last revocation that this answer takes into account.
    public let number: UInt64
    /// What was taken away since `applied`; nil: everything is to be forgotten.
    public let forget: [String]?
    /// How long verdicts may be used, counted from when the request was sent; 0 is no lease.
    public let milliseconds: Int

    package init(term: String, number: UInt64, forget: [String]?, milliseconds: Int) {
        (self.term, self.number, self.forget, self.milliseconds) = (term, number, forget, milliseconds)
    }
}

/// Goes with a verdict that lets somebody in: as of when it was found, what it rests on, and how long it is good for by itself.
public struct Standing: Codable, Sendable, Equatable {
    /// The keeper's life that `number` counts in.
    public let term: String
    /// All revocations up to this number were in force before the verdict was looked for.
    public let number: UInt64
    /// Each of these, once taken away, takes the verdict with it.
    public let grounds: [String]
    /// How long the verdict is good for, whatever happens, from when it was asked for.
    public let milliseconds: Int

    package init(term: String, number: UInt64, grounds: [String], milliseconds: Int) {
        (self.term, self.number, self.grounds, self.milliseconds) = (term, number, grounds, milliseconds)
    }
}

extension Duration {
    /// Whole ones, rounded down.
    package var wholeMilliseconds: Int { Int(clamping: Int64(self / .milliseconds(1))) }
}
