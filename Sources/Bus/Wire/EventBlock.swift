// Consecutive events of one topic as bytes: the one form in which events travel, by SUB and in answers of `bus.replay`.
//
//   a block  = record · record · …            what comes before it (an envelope, a page's numbers) says epoch and first offset
//   a record = committed at (64 bit, µs) · fields' length (32 bit) · payload's length (32 bit) · fields … · payload …
//
// Fields are those of messages: tag, length, value; one that is not known is skipped. A block is checked once, as a whole, when it comes
// in, and keeps its bytes; an `Event` is made of a record only when it is given out. What does not add up is refused and never traps.

/// Events as they travel: checked once and kept as bytes. Equal where the bytes are.
public struct EventBlock: Sendable, Equatable {
    /// A field's length has 16 bits.
    package static let maxKeyBytes = Envelope.maxFieldSize

    package let topic: String
    package let epoch: UInt64
    /// The offset of the first event that is still in it.
    package private(set) var first: UInt64
    /// How many events are in it.
    package private(set) var count: Int
    package private(set) var records: ArraySlice<UInt8>

    /// Of bytes from elsewhere: `nil` where they are no records, or none.
    package init?(topic: String, epoch: UInt64, first: UInt64, records: ArraySlice<UInt8>) {
        guard let count = EventRecord.count(in: records), count > 0 else { return nil }
        guard first > 0, first < .max - UInt64(count) else { return nil }
        self.init(topic: topic, epoch: epoch, first: first, count: count, checked: records)
    }

    /// Of bytes that we wrote ourselves.
    init(topic: String, epoch: UInt64, first: UInt64, count: Int, checked records: ArraySlice<UInt8>) {
        self.topic = topic
        self.epoch = epoch
        self.first = first
        self.count = count
        self.records = records
    }

    /// The offset behind the last event.
    var end: UInt64 { first + UInt64(count) }

    // MARK: Taking apart

    /// Lets go of the events before an offset.
    mutating func drop(before offset: UInt64) {
        guard offset > first else { return }
        advance(Int(clamping: min(offset, end) - first))
    }

    /// Keeps the first `limit` events.
    mutating func keep(_ limit: Int) {
        guard limit < count else { return }
        var rest = self
        rest.advance(max(0, limit))
        records = records.prefix(records.count - rest.records.count)
        count -= rest.count
    }

    /// Gives out the first `limit` events.
    mutating func take(_ limit: Int, into events: inout [Event]) {
        var at = 0
        let (bytes, last) = (records, first + UInt64(clamping: min(limit, count)))
        while first < last, let record = EventRecord(bytes.span, at: at) {
            events.append(event(record, in: bytes))
            at = record.end
            (first, count) = (first + 1, count - 1)
        }
        cut(at)
    }

    /// The same events, each alone in a block.
    package var apart: [EventBlock] {
        var rest = self
        return (0..<count).map { _ in
            var one = rest
            one.keep(1)
            rest.advance(1)
            return one
        }
    }

    private func event(_ record: EventRecord, in bytes: ArraySlice<UInt8>) -> Event {
        let start = bytes.startIndex
        let key = bytes[start + record.key.lowerBound..<start + record.key.upperBound]
        return Event(
            topic: topic,
            epoch: epoch,
            offset: first,
            key: String(decoding: key, as: UTF8.self),
            committedAt: Deadline(microseconds: record.time),
            trace: record.trace,
            payload: Array(bytes[start + record.payload.lowerBound..<start + record.payload.upperBound])
        )
    }

    /// By so many events, which are there.
    private mutating func advance(_ passed: Int) {
        var at = 0
        for _ in 0..<passed { at = EventRecord(records.span, at: at)?.end ?? at }
        first += UInt64(passed)
        count -= passed
        cut(at)
    }

    /// The bytes are often those of a whole frame: they go with its last event.
    private mutating func cut(_ at: Int) { records = count == 0 ? [] : records.dropFirst(at) }
}
