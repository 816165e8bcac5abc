// How often and how long a batch is tried, and what is known of it. Pure: the clock is passed in.
//
//     begins ──> commits ──answered──> known
//       ↑           └── lost ──> perhaps done: the next attempt finds its id, or makes sure that it never was
//       └─────────────────────────────────────┘
//
// Once a later attempt has written the batch's id, the ones before it can never go through; that is why `begins` forgets them.

import Bus
import Foundation

struct BatchAttempts {
    static let pause = Duration.milliseconds(20)
    private static let most = 3

    /// Random; written with the batch.
    let id = BatchAttempts.newID()
    private let start: ContinuousClock.Instant
    private let limits: StoreLimits
    private var tried = 0
    private var isCommitting = false
    /// When no host answered for the first time. Before it, closures may have stood still for longer than anybody waits.
    private var firstLoss: ContinuousClock.Instant?
    /// The events of an attempt whose COMMIT was sent and may have been done.
    private var committed: [Event]?

    init(_ limits: StoreLimits, from now: ContinuousClock.Instant) {
        (self.limits, start) = (limits, now)
    }

    static func newID() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<16).map { _ in .random(in: .min ... .max, using: &generator) }
    }

    var mayBeDone: Bool { committed != nil }

    /// Another attempt: what the server says of it until it commits says nothing of the one before.
    mutating func starts() { isCommitting = false }

    /// The id is written in a transaction that goes on: no attempt before it can be done.
    mutating func begins() { (committed, isCommitting) = (nil, false) }

    mutating func commits(_ events: [Event]) { (committed, isCommitting) = (events, true) }

    /// The server has said that this attempt is not done.
    mutating func answered() {
        if isCommitting { begins() }
    }

    /// No host has answered.
    mutating func loses(at now: ContinuousClock.Instant) { firstLoss = firstLoss ?? now }

    /// Whether it is worth waiting for a host that answers. Longer where that is needed to know what happened.
    func waits(at now: ContinuousClock.Instant) -> Bool {
        now < (firstLoss ?? start) + (mayBeDone ? limits.settleTimeout : limits.commitTimeout)
    }

    /// Counts one more attempt, where the server asks for it.
    mutating func tries(again now: ContinuousClock.Instant) -> Bool {
        tried += 1
        return tried <= Self.most && waits(at: now)
    }

    /// The batch was done by an earlier attempt: what it recorded.
    func settled() throws -> [Event] {
        guard let committed else { throw StoreError(.other, "a batch is done that nobody has committed") }
        return committed
    }

    /// What callers are to hear where it is given up.
    func verdict(_ error: any Error) -> any Error {
        guard mayBeDone else { return error }
        var unknown = StoreError(.unreachable, "no answer to COMMIT: \(error)")
        unknown.leavesOutcomeOpen = true
        return unknown
    }
}
