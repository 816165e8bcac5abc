// One direction of a faulty wire, as a pure state machine: a message in, what shall be delivered and when out. No clock, no sockets.

struct FaultLane<Message> {
    struct Passage {
        let message: Message
        let delay: Duration
    }

    private struct Held {
        let passage: Passage
        /// So many messages still go before it.
        var behind: Int
    }

    private(set) var counts = FaultCounts()
    private let faults: Faults
    private var generator: SeededGenerator
    private var held: [Held] = []

    init(_ faults: Faults, seed: UInt64) {
        self.faults = faults
        generator = SeededGenerator(seed: seed)
    }

    var isHolding: Bool { !held.isEmpty }

    /// What is delivered because this message was sent: itself, or not, or twice, and those that it lets go.
    mutating func pass(_ message: Message) -> [Passage] {
        counts.messages += 1
        // Every message draws the same numbers, so the fate of one does not move that of the next.
        let (isDropped, isDouble) = (generator.happens(faults.drop), generator.happens(faults.duplicate))
        let (isLate, behind) = (generator.happens(faults.reorder), Int.random(in: 1...4, using: &generator))
        let passage = Passage(message: message, delay: delay())
        let released = release()
        if isDropped {
            counts.dropped += 1
            return released
        }
        if isDouble { counts.duplicated += 1 }
        let copies = Array(repeating: passage, count: isDouble ? 2 : 1)
        guard isLate else { return copies + released }
        counts.reordered += 1
        held += copies.map { Held(passage: $0, behind: behind) }
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

    private mutating func release() -> [Passage] {
        for index in held.indices { held[index].behind -= 1 }
        defer { held.removeAll { $0.behind <= 0 } }
        return held.filter { $0.behind <= 0 }.map(\.passage)
    }

    private mutating func delay() -> Duration {
        let part = Double.random(in: 0...1, using: &generator)
        guard let range = faults.delay else { return .zero }
        counts.delayed += 1
        return range.lowerBound + (range.upperBound - range.lowerBound) * part
    }
}
