// What shall go wrong between two peers. The same seed gives the same faults: whether an event is lost, doubled, held back or late depends on the seed
// and on how many went before it, on nothing else. Heads, greetings and heartbeats, of which there are as many as the time it takes, draw from a
// generator of their own. Calls travel in frames that hold as many as a turn had, with one fate for each frame; so do answers.

import Processes

/// How often what happens to a message on its way; each a probability from 0 to 1, and another number traps.
public struct Faults: Sendable, Equatable {
    /// It never arrives.
    public var drop: Double { didSet { checkProbability(drop, "drop") } }
    /// It arrives twice.
    public var duplicate: Double { didSet { checkProbability(duplicate, "duplicate") } }
    /// One to four that were sent after it arrive before it.
    public var reorder: Double { didSet { checkProbability(reorder, "reorder") } }
    /// How long it takes, chosen evenly; so messages overtake each other. `nil`: no time at all.
    public var delay: ClosedRange<Duration>?

    /// What is left out does not happen.
    public init(
        drop: Double = 0,
        duplicate: Double = 0,
        reorder: Double = 0,
        delay: ClosedRange<Duration>? = nil
    ) {
        checkProbability(drop, "drop")
        checkProbability(duplicate, "duplicate")
        checkProbability(reorder, "reorder")
        self.drop = drop
        self.duplicate = duplicate
        self.reorder = reorder
        self.delay = delay
    }

    /// A wire as it should be.
    public static let none = Faults()
}

/// The faults of a wire in its three directions.
public struct FaultPlan: Sendable, Equatable {
    /// The same seed and the same order of messages give the same faults; a test that fails prints it.
    public var seed: UInt64
    /// From the publisher to its subscribers: events and heads.
    public var events: Faults
    /// From callers to the service.
    public var calls: Faults
    /// From the service to its callers.
    public var answers: Faults

    /// A direction that is left out has no faults.
    public init(seed: UInt64, events: Faults = .none, calls: Faults = .none, answers: Faults = .none) {
        self.seed = seed
        self.events = events
        self.calls = calls
        self.answers = answers
    }
}

/// What became of the messages of one direction.
public struct FaultCounts: Sendable, Equatable {
    /// All that came in, the dropped ones too.
    public internal(set) var messages = 0
    /// Never passed on: by chance, or while the wire was partitioned. Of a doubled one that a partition meets on its way each copy counts.
    public internal(set) var dropped = 0
    /// Passed on twice; counted once.
    public internal(set) var duplicated = 0
    /// Held back until later ones had passed.
    public internal(set) var reordered = 0
    /// Those that a `delay` was chosen for: where there is one, all that were sent, the dropped ones too.
    public internal(set) var delayed = 0
}
