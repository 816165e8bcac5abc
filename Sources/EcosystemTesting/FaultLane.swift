// One direction of a faulty wire, as a pure state machine: a message in, what shall be delivered and when out. No clock, no sockets.

struct FaultLane<Message> {
    struct Passage {
        let message: Message
        let delay: Duration
    }

    /// What is drawn for a message: the same numbers each time, so that the fate of one does not move that of the next.
    private struct Fate {
        let isDropped, isDouble, isLate: Bool
        let behind: Int
        /// Of the range of delays.
        let part: Double

        init(_ faults: Faults, _ generator: inout SeededGenerator) {
            (isDropped, isDouble) = (generator.happens(faults.drop), generator.happens(faults.duplicate))
            (isLate, behind) = (generator.happens(faults.reorder), Int.random(in: 1...4, using: &generator))
            part = Double.random(in: 0...1, using: &generator)
        }
    }

    private struct Held {
        let passage: Passage
        /// So many messages still go before it.
        var behind: Int
    }

    private(set) var counts = FaultCounts()
    private let faults: Faults
    private var generator: SeededGenerator
    /// For what keeps a link up; how much there is of that depends on how long everything takes.
    private var upkeepGenerator: SeededGenerator
    private var held: [Held] = []

    init(_ faults: Faults, seed: UInt64) {
        self.faults = faults
        generator = SeededGenerator(seed: seed)
        upkeepGenerator = SeededGenerator(seed: ~seed)
    }

    var isHolding: Bool { !held.isEmpty }

    /// What is delivered because this message was sent: itself, or not, or twice, and those that it lets go. `isUpkeep`: a head, a greeting, a heartbeat.
    mutating func pass(_ message: Message, isUpkeep: Bool = false) -> [Passage] {
        counts.messages += 1
        let fate = isUpkeep ? Fate(faults, &upkeepGenerator) : Fate(faults, &generator)
        let passage = Passage(message: message, delay: delay(fate.part))
        let released = release()
        if fate.isDropped {
            counts.dropped += 1
            return released
        }
        if fate.isDouble { counts.duplicated += 1 }
        let copies = Array(repeating: passage, count: fate.isDouble ? 2 : 1)
        guard fate.isLate else { return copies + released }
        counts.reordered += 1
        held += copies.map { Held(passage: $0, behind: fate.behind) }
        return released
    }

    /// What is held back with nothing to go before it any more.
    mutating func flush() -> [Passage] {
        defer { held = [] }
        return held.map(\.passage)
    }

    /// Counts a message that a partition swallows.
    mutating func swallow() {
        counts.messages += 1
        counts.dropped += 1
    }

    /// Counts one that a partition meets on its way; it was counted when it came in.
    mutating func lose() { counts.dropped += 1 }

    private mutating func release() -> [Passage] {
        for index in held.indices { held[index].behind -= 1 }
        defer { held.removeAll { $0.behind <= 0 } }
        return held.filter { $0.behind <= 0 }.map(\.passage)
    }

    private mutating func delay(_ part: Double) -> Duration {
        guard let range = faults.delay else { return .zero }
        counts.delayed += 1
        return range.lowerBound + (range.upperBound - range.lowerBound) * part
    }
}
