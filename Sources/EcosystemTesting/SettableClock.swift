// A wall clock that a test moves, so that what lasts fifteen minutes is over at once.
//
//     try await TestEcosystem.run { ecosystem in
//         let ada = try await ecosystem.loggedIn()
//         ecosystem.clock.advance(by: .seconds(3600))
//         #expect(try await ada.get("/service_a/sequence?elementType=script").status == 401)      her token has expired
//     }
//
// It moves what is written down and what expires: tokens, keys, one-time codes, locks after wrong passwords, the time of an element and of an entry of the
// audit log, and `Site.now` of your own services. What measures how long something takes goes on as it was: deadlines of calls, rates at the edge, and
// leases, so that a gateway that has just let an API key in goes on for a minute at most; with `leases: {length: 0s}` in the topology it asks each time.
// Two things that are written down have the host's time all the same: when an event was committed (`Event.committedAt`), and when an answer under an
// Idempotency-Key was given, which is forgotten a day after.

import Bus
public import Foundation
import Synchronization

/// What time it is in a `TestEcosystem`. It goes on as the host's does, from wherever it was set; any thread may move it.
///
/// Not by it, but by the host's, go deadlines, rates and leases, an event's `committedAt`, and the day after which an Idempotency-Key is forgotten.
public final class SettableClock: Sendable {
    /// How far it is ahead of the host's, in microseconds.
    private let ahead: Mutex<Int>

    /// A clock that shows what the host's does, until it is moved.
    public init() { ahead = Mutex(0) }

    /// A clock that shows that time now.
    public convenience init(at time: Date) {
        self.init()
        set(to: time)
    }

    /// What it shows.
    public var now: Date { Date(timeIntervalSince1970: Double(moment.microseconds) / 1_000_000) }

    /// Moves it ahead, or by a duration below zero back, as a host's clock that is set jumps.
    public func advance(by duration: Duration) {
        let seconds = duration / .seconds(1)
        ahead.withLock { $0 = Self.microseconds(Double($0) / 1_000_000 + seconds) }
    }

    /// Lets it show that time now.
    public func set(to time: Date) {
        let host = Date(timeIntervalSince1970: Double(Deadline.now.microseconds) / 1_000_000)
        ahead.withLock { $0 = Self.microseconds(time.timeIntervalSince(host)) }
    }

    /// Of some three thousand years at most, in either direction.
    private static func microseconds(_ seconds: Double) -> Int {
        Int(max(-1e17, min(1e17, (seconds * 1_000_000).rounded())))
    }

    /// Not before 1970.
    var moment: Deadline {
        let ahead = ahead.withLock { $0 }
        return Deadline(microseconds: UInt64(max(0, Int(clamping: Deadline.now.microseconds) &+ ahead)))
    }
}
