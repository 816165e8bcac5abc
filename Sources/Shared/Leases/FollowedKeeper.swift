// What a holder knows of one keeper: how far it has applied, how long its lease goes, and what it has taken away. Pure.

/// How much of a keeper's revocations was applied: all up to a number, which counts in one life.
struct LeasePosition: Sendable {
    var term: String?
    var number: UInt64 = 0
}

struct FollowedKeeper: Sendable {
    private static let places = 4096

    private(set) var position = LeasePosition()
    /// How often it was asked.
    var asked: UInt64 = 0
    private var end: ContinuousClock.Instant?
    /// The number of the last revocation of each place, and of the last one of everything.
    private var taken = [UInt64](repeating: 0, count: places)
    private var takenAll: UInt64 = 0

    static func place(_ ground: String) -> Int { ground.hashValue & (places - 1) }

    func hasLease(at now: ContinuousClock.Instant) -> Bool { end.map { now < $0 } ?? false }

    /// Another life of it, of which all is known up to `number`.
    mutating func begin(_ term: String, at number: UInt64) {
        let asked = asked
        self = FollowedKeeper()
        (self.asked, position) = (asked, LeasePosition(term: term, number: number))
    }

    mutating func extend(to time: ContinuousClock.Instant) { end = max(end ?? time, time) }

    /// Applies what an answer says; true where it is to forget everything.
    mutating func forgets(_ answer: LeaseAnswer) -> Bool {
        position.number = answer.number
        for ground in answer.forget ?? [] { taken[Self.place(ground)] = answer.number }
        guard answer.forget == nil else { return false }
        takenAll = answer.number
        return true
    }

    func hasTaken(_ places: [Int], since number: UInt64) -> Bool {
        number < takenAll || places.contains { taken[$0] > number }
    }
}
