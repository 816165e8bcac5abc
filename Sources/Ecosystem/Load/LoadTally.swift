// What an open loop has seen, counted as it comes: three latencies, and the whole by second.
//
//   due ──── sent ──────────── done
//    └────────── from due ──────┘        what a user waits
//             └── from sent ────┘        what the server knows of
//    └ late ─┘                           the generator's own fault, where a client was free; else the queue's
//
// Times are from the beginning. It asks nobody and reads no clock.

package import Bus

package struct LoadTally: Sendable {
    package struct Outcome: Sendable {
        package var due, sent, done: Duration
        /// 0 for none.
        package var status: Int
        /// A client waited for this request to be due; otherwise the request waited for a client.
        package var wasAwaited: Bool

        package init(due: Duration, sent: Duration, done: Duration, status: Int, wasAwaited: Bool) {
            self.due = due
            self.sent = sent
            self.done = done
            self.status = status
            self.wasAwaited = wasAwaited
        }
    }

    /// What was due within one second.
    package struct Second: Sendable {
        package var created = 0
        package var failed = 0
        package var fromDue = Histogram()
    }

    package private(set) var created = 0
    /// Answers by status, 201 excluded.
    package private(set) var others: [Int: Int] = [:]
    package private(set) var fromDue = Histogram()
    package private(set) var fromSent = Histogram()
    package private(set) var late = Histogram()
    package private(set) var seconds: [Second] = []

    package init() {}

    package var failed: Int { others.values.reduce(0, +) }

    package mutating func record(_ outcome: Outcome) {
        let isGood = outcome.status == 201
        let second = Int(outcome.due / .seconds(1))
        while seconds.count <= second { seconds.append(Second()) }
        if isGood { created += 1 } else { others[outcome.status, default: 0] += 1 }
        if isGood { seconds[second].created += 1 } else { seconds[second].failed += 1 }
        let waited = microseconds(outcome.done - outcome.due)
        fromDue.record(waited)
        seconds[second].fromDue.record(waited)
        fromSent.record(microseconds(outcome.done - outcome.sent))
        if outcome.wasAwaited { late.record(microseconds(outcome.sent - outcome.due)) }
    }

    private func microseconds(_ time: Duration) -> UInt64 { UInt64(max(0, time / .microseconds(1))) }
}
