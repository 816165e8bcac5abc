// By how much the clock of another host is ahead of ours, measured by questions whose answers carry its time (greetings, pings).
//
//   ours    sent ───────────────── received        the answer was written at some time between the two, so the offset is known to
//   theirs          time                           half of what the question took; a slow answer says little, and is passed over
//
// Deadlines travel as times of the clock of whoever keeps them, so hosts need not agree on the time. Pure: times are passed in.

internal import Synchronization

struct ClockOffset: Equatable {
    /// Microseconds; below zero where the other clock is behind.
    private(set) var microseconds: Int64?
    /// How far that may be from the truth.
    private var error: Int64 = 0
    /// Two clocks part by some of these a second; so much is an old measurement less worth than a new one each time.
    private static let drift: Int64 = 100

    /// Takes in an answer. All times are Unix microseconds.
    mutating func measure(sent: UInt64, received: UInt64, theirs: UInt64) {
        guard theirs > 0, received >= sent else { return }
        let newError = Int64(clamping: (received - sent) / 2)
        let new = Int64(clamping: theirs) &- (Int64(clamping: sent) &+ newError)
        guard let known = microseconds else { return (microseconds, error) = (new, newError) }
        // Further apart than both could be wrong: a clock was set.
        let wasSet = new.subtractingSafely(known).magnitude > UInt64(error &+ newError &+ Self.drift)
        error &+= Self.drift
        if wasSet || newError <= error { (microseconds, error) = (new, newError) }
    }

    /// A time of ours as one of theirs. Zero and the end of time stay what they are.
    func theirs(_ ours: UInt64) -> UInt64 {
        guard let microseconds, microseconds != 0 else { return ours }
        let (sum, isOver) = Int64(clamping: ours).addingReportingOverflow(microseconds)
        return isOver ? .max : UInt64(clamping: sum)
    }
}

extension Int64 {
    fileprivate func subtractingSafely(_ other: Int64) -> Int64 {
        let (difference, isOver) = subtractingReportingOverflow(other)
        return isOver ? .max : difference
    }
}

/// The offsets of all that a node is connected to, for whoever tells people of them.
package final class ClockBoard: Sendable {
    private let offsets = Mutex<[String: [String: Int64]]>([:])

    package init() {}

    func note(_ microseconds: Int64, of service: String, at endpoint: String) {
        offsets.withLock { $0[service, default: [:]][endpoint] = microseconds }
    }

    /// By service, in seconds, of the replica whose clock is furthest off; below zero where it is behind.
    package var seconds: [String: Double] {
        offsets.withLock { offsets in
            offsets.compactMapValues { replicas in
                replicas.values.max { $0.magnitude < $1.magnitude }.map { Double($0) / 1_000_000 }
            }
        }
    }
}

extension Duration {
    /// Of a clock, as people are told it: `11.0 s ahead`.
    package static func skewText(_ seconds: Double) -> String {
        let tenths = Int((abs(seconds) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) s \(seconds < 0 ? "behind" : "ahead")"
    }
}
