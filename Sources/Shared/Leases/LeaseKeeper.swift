// Who may use verdicts without asking, and when a revocation may be answered. A pure state machine: no clock, no wire, no store.
//
//     begin ──(the transaction commits)──> publish ──> every holder has applied it, or its lease is over ──> settled
//
// A revocation is begun inside its transaction, so that whoever sees its effect can wait for it, and published once the transaction is over.
// Numbers count what was published in this life (`term`). A lease is granted from when its request came, which is later than when the
// holder sent it. One that has not yet applied a revocation is granted nothing beyond that revocation's own time and one length: so
// none waits longer than a length, whatever a holder does. Leases of an earlier life are waited out (`quietUntil`), and none is given before.
//
// Where others write to the store as well, a life is one connection to it (`LeaseKeeper+Shared`).

package struct LeaseKeeper: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package struct Limits: Sendable, Equatable {
        /// Of a lease; zero gives none.
        package var length: Duration
        /// So many may hold leases at one time; who comes beyond that asks each time.
        package var holders: Int
        /// So many revocations are kept for holders that have not heard of them; who is further behind forgets everything.
        package var history: Int
        /// Replicas of the service. Who follows fewer or more has another topology, and gets no lease.
        package var keepers: Int

        package init(length: Duration, holders: Int = 64, history: Int = 1024, keepers: Int = 1) {
            (self.length, self.holders, self.history, self.keepers) = (length, holders, history, keepers)
        }

        /// Of one revocation; what takes away more takes away everything.
        static let grounds = 256
    }

    /// Revocations in the order in which they were begun.
    package typealias Ticket = UInt64

    /// Whether somebody still has to wait.
    package enum Wait: Equatable, Sendable {
        case over
        /// At the latest until then; nil where a transaction has yet to end.
        case until(Instant?)
    }

    private struct Holder {
        var applied: UInt64 = 0
        var end: Instant
    }

    private struct Published {
        let number: UInt64
        let at: Instant
    }

    package private(set) var term: String
    package let limits: Limits
    package private(set) var number: UInt64 = 0
    /// The last revocation that was begun.
    package private(set) var lastTicket: Ticket = 0
    /// Holders whose lease ran out while somebody waited for them.
    package private(set) var expelled = 0
    /// Nil where nobody knows yet.
    var quietUntil: Instant?
    /// Nil for a store of its own.
    var connection: SharedConnection?
    private var holders: [String: Holder] = [:]
    private var begun: [Ticket: Instant] = [:]
    private var published: [Ticket: Published] = [:]
    /// What was taken away, the latest last; nil for everything.
    private var history: [[String]?] = []

    /// A life of a keeper: `term` is random, and by `quietUntil` every lease of an earlier life is over.
    package init(term: String, limits: Limits, quietUntil: Instant) {
        (self.term, self.limits, self.quietUntil) = (term, limits, quietUntil)
    }

    /// The same on a store that others write to: it knows nothing yet (`vouch`).
    package init(term: String, limits: Limits, connectedAt now: Instant) {
        (self.term, self.limits, connection) = (term, limits, SharedConnection(began: now))
    }

    package var holderCount: Int { holders.count }

    package func isQuiet(at now: Instant) -> Bool { quietUntil.map { now < $0 } ?? true }

    /// Forgets all but what was begun: its transactions may yet end, in this life. What was published is waited out.
    mutating func forget(for term: String) {
        (self.term, number, quietUntil) = (term, 0, nil)
        (holders, published, history) = ([:], [:], [])
    }

    // MARK: Revocations

    /// A transaction is about to take something away.
    package mutating func begin(at now: Instant) -> Ticket {
        lastTicket += 1
        begun[lastTicket] = now
        return lastTicket
    }

    /// Its transaction is over, one way or the other. `grounds` is what it took away; nil for everything.
    package mutating func publish(_ ticket: Ticket, _ grounds: [String]?, at now: Instant) {
        guard begun.removeValue(forKey: ticket) != nil else { return }
        number += 1
        published[ticket] = Published(number: number, at: now)
        history.append(grounds.flatMap { $0.count > Limits.grounds ? nil : $0 })
        // In portions, so that it is not moved at each one.
        if history.count > 2 * limits.history { history.removeFirst(history.count - limits.history) }
    }

    /// Whether every revocation up to `ticket` is in force at every holder.
    package mutating func wait(for ticket: Ticket, at now: Instant) -> Wait {
        guard let quietUntil else { return .until(nil) }
        if now < quietUntil { return .until(quietUntil) }
        settle(at: now)
        if begun.keys.contains(where: { $0 <= ticket }) { return .until(nil) }
        let missing = published.lazy.filter { $0.key <= ticket }.map(\.value.number).max()
        guard let missing else { return .over }
        return .until(holders.values.lazy.filter { $0.applied < missing }.map(\.end).max())
    }

    /// Takes out the leases that are over, and the revocations that nobody has to be waited for any more.
    private mutating func settle(at now: Instant) {
        let last = published.values.lazy.map(\.number).max() ?? 0
        for (name, holder) in holders where holder.end <= now {
            holders[name] = nil
            if holder.applied < last { expelled += 1 }
        }
        let applied = holders.values.lazy.map(\.applied).min() ?? .max
        published = published.filter { $0.value.number > applied }
    }

    // MARK: Holders

    /// Notes what a holder has applied and gives it a lease, which it has from now on, whether or not the answer reaches it.
    ///
    /// - Returns: How long; zero is no lease.
    package mutating func receive(_ request: LeaseRequest, at now: Instant) -> Duration {
        acknowledge(request, at: now)
        return grant(request, at: now)
    }

    /// The first half of it.
    package mutating func acknowledge(_ request: LeaseRequest, at now: Instant) {
        settle(at: now)
        guard request.leaves != true else { return holders[request.holder] = nil }
        let applied = applied(request)
        guard let known = holders[request.holder] else { return }
        holders[request.holder]?.applied = max(known.applied, applied)
        settle(at: now)
    }

    /// Numbers of another life say nothing, and nobody has applied what is yet to come.
    private func applied(_ request: LeaseRequest) -> UInt64 {
        request.term == term ? min(request.applied, number) : 0
    }

    /// The second half, `now` being when the request came.
    package mutating func grant(_ request: LeaseRequest, at now: Instant) -> Duration {
        let name = request.holder
        guard !isQuiet(at: now), request.leaves != true, request.keepers ?? 1 == limits.keepers,
            holders[name] != nil || holders.count < limits.holders
        else { return .zero }
        let applied = holders[name]?.applied ?? applied(request)
        let oldest = oldest(behind: applied) ?? now
        let granted = min(limits.length, now.duration(to: oldest + limits.length))
        let vouched = connection.map { min(granted, $0.vouches(at: now)) } ?? granted
        guard vouched > .zero else { return .zero }
        let end = max(holders[name]?.end ?? now, now + vouched)
        holders[name] = Holder(applied: applied, end: end)
        return vouched
    }

    /// What is begun may be committed already, and others may have seen it.
    private func oldest(behind applied: UInt64) -> Instant? {
        let unheard = published.values.lazy.filter { $0.number > applied }.map(\.at).min()
        guard let earliest = begun.values.min() else { return unheard }
        return min(unheard ?? earliest, earliest)
    }

    /// Whether there is something that a holder has to hear at once.
    package func hasNews(for request: LeaseRequest) -> Bool { request.term != term || request.applied < number }

    /// What to tell it now, in answer to a request that was given `granted` when it came.
    package func answer(_ request: LeaseRequest, granted: Duration) -> LeaseAnswer {
        LeaseAnswer(
            term: term,
            number: number,
            forget: request.term == term ? taken(since: request.applied) : nil,
            milliseconds: granted.wholeMilliseconds
        )
    }

    /// Nil for everything.
    private func taken(since applied: UInt64) -> [String]? {
        guard applied <= number, let missed = Int(exactly: number - applied), missed <= history.count else {
            return nil
        }
        var grounds: [String] = []
        for each in history.suffix(missed) {
            guard let each else { return nil }
            grounds += each
        }
        return grounds.count > limits.history ? nil : grounds
    }
}
