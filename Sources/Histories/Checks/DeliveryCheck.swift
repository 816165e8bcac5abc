// C6 and C7: each event once and in order at whoever follows, and an event exactly where something was committed.

/// Durable topics.
public enum DeliveryCheck {
    /// - Parameters:
    ///   - offsets: As they took effect at a consumer. The effect must not be idempotent, or it hides a double: append to a list.
    ///   - first: The oldest that the consumer had to see.
    ///   - head: The newest offset of the log.
    /// - Returns: Right, or wrong with each finding; inconclusive where there was nothing to judge.
    public static func verdict(offsets: [UInt64], first: UInt64 = 1, head: UInt64) -> Verdict {
        guard first <= head else {
            return offsets.isEmpty
                ? .inconclusive(["there was no event to deliver"]) : .wrong(["events beyond the head"])
        }
        if let (place, offset) = offsets.enumerated().first(where: { $1 != first &+ UInt64($0) }) {
            return .wrong(["event \(offset) came where \(first &+ UInt64(place)) was due"])
        }
        let isAll = !offsets.isEmpty && UInt64(offsets.count - 1) == head - first
        return Verdict(isAll ? [] : ["\(offsets.count) events from \(first) on, the head is \(head)"])
    }

    /// Both ways: no row without its event, no event without its row, none twice.
    ///
    /// - Parameters:
    ///   - rows: Of each change that is committed, its key and revision as one text.
    ///   - events: Of each event of the log, the same.
    /// - Returns: Right, or wrong with each finding; inconclusive where there was nothing to judge.
    public static func verdict(rows: [String], events: [String]) -> Verdict {
        let (committed, told) = (Set(rows), Set(events))
        let silent = committed.subtracting(told).sorted().map { "\($0) was committed and has no event" }
        let empty = told.subtracting(committed).sorted().map { "\($0) has an event and was not committed" }
        let doubled = PresenceCheck.twice(events).map { "\($0) has more than one event" }
        return Verdict(silent + empty + doubled, judged: committed.count + told.count, "change")
    }
}
