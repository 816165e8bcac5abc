// What shall go wrong between two peers. The same seed gives the same faults: the fate of a message depends on the seed and on how many went
// the same way before it, on nothing else.

/// How often what happens to a message on its way; each a probability from 0 to 1.
public struct Faults: Sendable, Equatable {
    /// It never arrives.
    public var drop: Double
    /// It arrives twice.
    public var duplicate: Double
    /// One to four that were sent after it arrive before it.
    public var reorder: Double
    /// How long it takes, chosen evenly; so messages overtake each other. `nil`: no time at all.
    public var delay: ClosedRange<Duration>?

    public init(
        drop: Double = 0,
        duplicate: Double = 0,
        reorder: Double = 0,
        delay: ClosedRange<Duration>? = nil
    ) {
        self.drop = drop
        self.duplicate = duplicate
        self.reorder = reorder
        self.delay = delay
    }

    public static let none = Faults()
}

/// The faults of a wire in its three directions.
public struct FaultPlan: Sendable, Equatable {
    public var seed: UInt64
    /// From the publisher to its subscribers: events and heads.
    public var events: Faults
    /// From callers to the service.
    public var calls: Faults
    /// From the service to its callers.
    public var answers: Faults

    public init(seed: UInt64, events: Faults = .none, calls: Faults = .none, answers: Faults = .none) {
        self.seed = seed
        self.events = events
        self.calls = calls
        self.answers = answers
    }
}

/// What became of the messages of one direction.
public struct FaultCounts: Sendable, Equatable {
    public internal(set) var messages = 0
    public internal(set) var dropped = 0
    public internal(set) var duplicated = 0
    public internal(set) var reordered = 0
    public internal(set) var delayed = 0
}
