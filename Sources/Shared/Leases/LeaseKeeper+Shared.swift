// A keeper on a store that other replicas write to, and that may move to another host. Pure.
//
//     renew ──> vouch (a commit on this connection went through) ──> quiet for the longest lease that anybody gave ──> leases, answers
//       ↑                     └─ leases end one length after the commit was begun, unless another one follows
//       └── another connection: perhaps to another host, while replicas that are still on the old one go on for a length
//
// Whoever is cut off with an old host cannot commit there, so it grants nothing beyond a length after the other host took over; and whoever commits on
// the other host has connected to it after that, and waits out a length before it answers. A commit of a cluster that replicates
// without waiting for it proves nothing of the kind (`docs/scale.md`).

/// One connection of the writer.
struct SharedConnection: Sendable {
    let began: ContinuousClock.Instant
    fileprivate(set) var vouchedUntil: ContinuousClock.Instant?

    func vouches(at now: ContinuousClock.Instant) -> Duration {
        vouchedUntil.map { max(.zero, now.duration(to: $0)) } ?? .zero
    }
}

extension LeaseKeeper {
    /// How long others wait for leases of a length: by their clocks, which may go a tenth faster.
    package static func patience(_ length: Duration) -> Duration { length / LeaseHolder<Int, Int>.usedPart }

    /// Whether a commit has to go through before anything can be said.
    package var isUnknown: Bool { quietUntil == nil }

    /// The writer has another connection.
    package mutating func renew(term: String, at now: Instant) {
        forget(for: term)
        connection = SharedConnection(began: now)
    }

    /// A commit that was begun at `began`, on this life's connection, went through.
    ///
    /// - Parameters:
    ///   - began: When.
    ///   - earlier: The longest lease that any replica may have given before this life.
    ///   - isComplete: Whether no replica runs that this one does not know of.
    package mutating func vouch(since began: Instant, earlier: Duration, isComplete: Bool) {
        guard let connection else { return }
        if quietUntil == nil { quietUntil = connection.began + Self.patience(earlier) }
        let until = began + limits.length
        self.connection?.vouchedUntil = isComplete ? max(connection.vouchedUntil ?? until, until) : nil
    }
}
