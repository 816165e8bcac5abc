// The verdicts that a holder may use without asking, as long as it has the lease of every keeper. A pure state machine: no clock, no wire.
//
//     ask ──> (request) ──> take(answer)    forgets what was taken away, and may go on for a while, counted from `ask`
//     keep    a verdict, as of a number for each keeper; one that was taken away by any of them meanwhile is dead when it comes
//     verdict only under all leases, only as long as it is good by itself, only if nothing that it rests on was taken away since
//
// Of a service with several replicas each is a keeper: any of them may take away what another one has answered. The one that answered gives its own
// number; of the others counts what had been applied when the question was sent (`Moment`), since what was committed before that was seen.
//
// What was taken away is remembered by the hash of its name, in tables of fixed size: two names of one hash cost a question too many, and
// never let anybody in. A lease that ran out comes to life again with the next answer, which says what was missed.

internal import Recency

package struct LeaseHolder<Key: Hashable & Sendable, Verdict: Sendable>: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// What was sent to a keeper, and when: only the answer to the last one counts.
    package struct Question: Sendable {
        package let request: LeaseRequest
        package let keeper: Int
        fileprivate let count: UInt64
        fileprivate let sentAt: Instant
    }

    /// How much of each keeper's was applied at some time.
    package struct Moment: Sendable {
        fileprivate let positions: [LeasePosition]
    }

    private struct Held: Sendable {
        let verdict: Verdict
        /// One for each keeper.
        let numbers: [UInt64]
        /// Of what it rests on.
        let places: [Int]
        let end: Instant
    }

    /// Of a lease the holder uses this part only: clocks may go so much faster or slower than each other.
    package static var usedPart: Double { 0.9 }

    /// What a held verdict takes besides what its caller counts.
    private static var overhead: Int { 192 }

    private let name: String
    private var keepers: [FollowedKeeper]
    private var held: RecentlyUsed<Key, Held>

    /// - Parameters:
    ///   - name: Random: which life of the holder.
    ///   - limit: Bytes; 0 holds nothing.
    ///   - keepers: How many there are.
    package init(name: String, limit: Int, keepers: Int = 1) {
        self.name = name
        self.keepers = Array(repeating: FollowedKeeper(), count: keepers)
        held = RecentlyUsed(limit: limit)
    }

    package var count: Int { held.count }

    /// Whether it has that of every keeper.
    package func hasLease(at now: Instant) -> Bool { keepers.allSatisfy { $0.hasLease(at: now) } }

    package func hasLease(of keeper: Int, at now: Instant) -> Bool { keepers[keeper].hasLease(at: now) }

    // MARK: The leases

    package mutating func ask(_ keeper: Int = 0, at now: Instant) -> Question {
        keepers[keeper].asked += 1
        return Question(request: request(to: keeper), keeper: keeper, count: keepers[keeper].asked, sentAt: now)
    }

    private func request(to keeper: Int, leaves: Bool? = nil) -> LeaseRequest {
        LeaseRequest(
            holder: name,
            term: keepers[keeper].position.term,
            applied: keepers[keeper].position.number,
            leaves: leaves,
            keepers: keepers.count > 1 ? keepers.count : nil
        )
    }

    package mutating func take(_ answer: LeaseAnswer, to question: Question) {
        let keeper = question.keeper
        guard question.count == keepers[keeper].asked else { return }
        if answer.term != keepers[keeper].position.term {
            held.removeAll()
            keepers[keeper].begin(answer.term, at: answer.number)
        }
        guard answer.number >= keepers[keeper].position.number else { return }
        if keepers[keeper].forgets(answer) { held.removeAll() }
        guard answer.milliseconds > 0 else { return }
        keepers[keeper].extend(to: question.sentAt + .milliseconds(answer.milliseconds) * Self.usedPart)
    }

    /// Tells a keeper that this holder is no more: let go of it first, and never use its name again.
    package func farewell(to keeper: Int = 0) -> LeaseRequest { request(to: keeper, leaves: true) }

    // MARK: Verdicts

    /// Taken before a verdict is asked for.
    package var moment: Moment { Moment(positions: keepers.map(\.position)) }

    /// Holds a verdict that was asked for at `sentAt`, when `moment` was the present; `size` is what it takes in bytes.
    package mutating func keep(
        _ verdict: Verdict,
        _ key: Key,
        _ standing: Standing,
        asOf moment: Moment,
        sentAt: Instant,
        size: Int
    ) {
        guard standing.milliseconds > 0, let numbers = numbers(standing, moment) else { return }
        let new = Held(
            verdict: verdict,
            numbers: numbers,
            places: standing.grounds.map(FollowedKeeper.place),
            end: sentAt + .milliseconds(standing.milliseconds)
        )
        guard stands(new) else { return }
        held.insert(new, key, size: size + Self.overhead)
    }

    /// As of when a verdict is, by the count of each keeper; nil where one has begun another life since.
    private func numbers(_ standing: Standing, _ moment: Moment) -> [UInt64]? {
        guard keepers.contains(where: { $0.position.term == standing.term }) else { return nil }
        var numbers: [UInt64] = []
        for (keeper, then) in zip(keepers, moment.positions) {
            if keeper.position.term == standing.term {
                numbers.append(standing.number)
            } else {
                guard let term = then.term, term == keeper.position.term else { return nil }
                numbers.append(then.number)
            }
        }
        return numbers
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
        keepers.indices.allSatisfy { !keepers[$0].hasTaken(verdict.places, since: verdict.numbers[$0]) }
    }
}
