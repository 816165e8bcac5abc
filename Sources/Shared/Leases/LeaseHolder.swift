// The verdicts that a holder may use without asking, as long as it has its keeper's lease. A pure state machine: no clock, no wire.
//
//     ask ──> (request) ──> take(answer)    forgets what was taken away, and may go on for a while, counted from `ask`
//     keep    a verdict, as of a revocation's number; one that was taken away meanwhile is dead when it comes
//     verdict only under a lease, only as long as it is good by itself, only if nothing that it rests on was taken away since
//
// What was taken away is remembered by the hash of its name, in a table of fixed size: two names of one hash cost a question too many, and
// never let anybody in. A lease that ran out comes to life again with the next answer, which says what was missed.

internal import Recency

package struct LeaseHolder<Key: Hashable & Sendable, Verdict: Sendable>: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// What was sent, and when: only the answer to the last one counts.
    package struct Question: Sendable {
        package let request: LeaseRequest
        fileprivate let count: UInt64
        fileprivate let sentAt: Instant
    }

    private struct Held: Sendable {
        let verdict: Verdict
        let number: UInt64
        /// Of what it rests on.
        let places: [Int]
        let end: Instant
    }

    /// Of a lease the holder uses this part only: clocks may go so much faster or slower than each other.
    package static var usedPart: Double { 0.9 }

    private static var places: Int { 4096 }
    /// What a held verdict takes besides what its caller counts.
    private static var overhead: Int { 160 }

    private let name: String
    private var term: String?
    private var applied: UInt64 = 0
    private var end: Instant?
    private var asked: UInt64 = 0
    private var held: RecentlyUsed<Key, Held>
    /// The number of the last revocation of each place, and of the last one of everything.
    private var taken = [UInt64](repeating: 0, count: places)
    private var takenAll: UInt64 = 0

    /// - Parameters:
    ///   - name: Random: which life of the holder.
    ///   - limit: Bytes; 0 holds nothing.
    package init(name: String, limit: Int) {
        self.name = name
        held = RecentlyUsed(limit: limit)
    }

    package var count: Int { held.count }

    package func hasLease(at now: Instant) -> Bool { end.map { now < $0 } ?? false }

    // MARK: The lease

    package mutating func ask(at now: Instant) -> Question {
        asked += 1
        let request = LeaseRequest(holder: name, term: term, applied: applied)
        return Question(request: request, count: asked, sentAt: now)
    }

    package mutating func take(_ answer: LeaseAnswer, to question: Question) {
        guard question.count == asked else { return }
        if answer.term != term {
            forgetAll()
            (term, applied, end) = (answer.term, answer.number, nil)
        }
        guard answer.number >= applied else { return }
        forget(answer)
        applied = answer.number
        guard answer.milliseconds > 0 else { return }
        let mine = question.sentAt + .milliseconds(answer.milliseconds) * Self.usedPart
        end = max(end ?? mine, mine)
    }

    /// Tells the keeper that this holder is no more: let go of it first, and never use its name again.
    package var farewell: LeaseRequest { LeaseRequest(holder: name, term: term, applied: applied, leaves: true) }

    private mutating func forget(_ answer: LeaseAnswer) {
        guard let grounds = answer.forget else {
            takenAll = answer.number
            return held.removeAll()
        }
        for ground in grounds { taken[Self.place(ground)] = answer.number }
    }

    private mutating func forgetAll() {
        held.removeAll()
        taken = [UInt64](repeating: 0, count: Self.places)
        takenAll = 0
    }

    private static func place(_ ground: String) -> Int { ground.hashValue & (places - 1) }

    // MARK: Verdicts

    /// Holds a verdict that was asked for at `sentAt`; `size` is what it takes in bytes.
    package mutating func keep(_ verdict: Verdict, _ key: Key, _ standing: Standing, sentAt: Instant, size: Int) {
        guard standing.term == term, standing.milliseconds > 0 else { return }
        let new = Held(
            verdict: verdict,
            number: standing.number,
            places: standing.grounds.map(Self.place),
            end: sentAt + .milliseconds(standing.milliseconds)
        )
        guard stands(new) else { return }
        held.insert(new, key, size: size + Self.overhead)
    }

    package mutating func verdict(_ key: Key, at now: Instant) -> Verdict? {
        guard hasLease(at: now), let found = held.value(key) else { return nil }
        guard now < found.end, stands(found) else {
            held.remove(key)
            return nil
        }
        return found.verdict
    }

    /// Whether nothing that it rests on was taken away since it was found.
    private func stands(_ verdict: Held) -> Bool {
        verdict.number >= takenAll && verdict.places.allSatisfy { taken[$0] <= verdict.number }
    }
}
