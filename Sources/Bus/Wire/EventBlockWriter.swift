// Makes a block of events: record by record, up to so many bytes. The first record always fits, so a large event travels alone.
//
// It is made once and used for block after block, and keeps its bytes' place; the blocks that it gives out share them until they are let go.

package import struct Foundation.Data

package struct EventBlockWriter: Sendable {
    private var bytes: [UInt8] = []
    package private(set) var count = 0
    private let limit: Int

    /// Bytes that a block of more than one event may have.
    package init(limit: Int) { self.limit = limit }

    package var isEmpty: Bool { count == 0 }

    /// Adds an event; false, and nothing is added, where it does not fit any more.
    package mutating func append(time: UInt64, trace: TraceContext?, key: String, payload: [UInt8]) -> Bool {
        guard begin(time, trace, key, payload.count) else { return false }
        bytes.append(contentsOf: payload)
        return true
    }

    /// The same of a payload as databases give it.
    package mutating func append(time: UInt64, trace: TraceContext?, key: String, payload: Data) -> Bool {
        guard begin(time, trace, key, payload.count) else { return false }
        bytes.append(contentsOf: payload)
        return true
    }

    mutating func append(_ event: Event) -> Bool {
        append(time: event.committedAt.microseconds, trace: event.trace, key: event.key, payload: event.payload)
    }

    /// What has been added, as a block; `nil` where nothing was.
    package func block(of topic: String, epoch: UInt64, first: UInt64) -> EventBlock? {
        guard count > 0 else { return nil }
        return EventBlock(topic: topic, epoch: epoch, first: first, count: count, checked: bytes[...])
    }

    /// For the next block.
    package mutating func clear() {
        count = 0
        bytes.removeAll(keepingCapacity: bytes.capacity <= 2 * limit)
    }

    private mutating func begin(_ time: UInt64, _ trace: TraceContext?, _ key: String, _ payload: Int) -> Bool {
        let keySize = key.utf8.count
        let fields = (trace == nil ? 0 : 3 + EventRecord.Field.traceSize) + (keySize == 0 ? 0 : 3 + keySize)
        guard count == 0 || bytes.count + EventRecord.headerSize + fields + payload <= limit else { return false }
        bytes.append(addingCapacity: EventRecord.headerSize) { output in
            output.append(time, bytes: 8)
            output.append(UInt64(fields), bytes: 4)
            output.append(UInt64(payload), bytes: 4)
        }
        if let trace { append(trace) }
        if keySize > 0 { append(key, keySize) }
        count += 1
        return true
    }

    private mutating func append(_ trace: TraceContext) {
        bytes.append(addingCapacity: 3 + EventRecord.Field.traceSize) { output in
            output.append(EventRecord.Field.trace)
            output.append(UInt64(EventRecord.Field.traceSize), bytes: 2)
            output.append(trace.traceHigh, bytes: 8)
            output.append(trace.traceLow, bytes: 8)
            output.append(trace.span, bytes: 8)
            output.append(trace.flags)
        }
    }

    /// A key has at most 65,535 bytes, as every field.
    private mutating func append(_ key: String, _ size: Int) {
        bytes.append(addingCapacity: 3) { output in
            output.append(EventRecord.Field.key)
            output.append(UInt64(UInt16(size)), bytes: 2)
        }
        bytes.append(contentsOf: key.utf8)
    }
}

extension OutputSpan<UInt8> {
    /// The low bytes of a number, big-endian.
    @inline(__always)
    fileprivate mutating func append(_ value: UInt64, bytes: Int) {
        for shift in stride(from: 8 * bytes - 8, through: 0, by: -8) { append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
}

extension EventBlock {
    /// As many of the events as follow each other, of one topic and epoch; `nil` of none.
    package init?(_ events: [Event], limit: Int = .max) {
        guard let head = events.first else { return nil }
        var writer = EventBlockWriter(limit: limit)
        for (index, event) in events.enumerated() {
            guard event.follows(head, by: index), writer.append(event) else { break }
        }
        guard let block = writer.block(of: head.topic, epoch: head.epoch, first: head.offset) else { return nil }
        self = block
    }
}

extension Event {
    /// Whether it is so many places behind another one in the same log.
    func follows(_ other: Event, by places: Int) -> Bool {
        offset == other.offset &+ UInt64(places) && epoch == other.epoch && topic == other.topic
    }
}
