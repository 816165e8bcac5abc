// Makes a block of events: record by record, up to so many bytes. The first record always fits, so a large event travels alone.
//
// It is made once and used for block after block, and keeps its bytes' place; the blocks that it gives out share them until they are let go.

package struct EventBlockWriter: Sendable {
    /// A block grows to this without being moved.
    private static let usualBytes = 1 << 20

    private var bytes: [UInt8] = []
    package private(set) var count = 0
    private let limit: Int

    /// Bytes that a block of more than one event may have.
    package init(limit: Int) { self.limit = limit }

    package var isEmpty: Bool { count == 0 }

    /// Adds an event; false, and nothing is added, where it does not fit any more.
    mutating func append(_ event: Event) -> Bool {
        let key = event.key.utf8
        guard begin(event.committedAt.microseconds, event.trace, key.count, event.payload.count) else { return false }
        bytes.append(contentsOf: key)
        bytes.append(contentsOf: event.payload)
        return true
    }

    /// The same from where the log keeps it.
    ///
    /// - Parameters:
    ///   - time: When it was committed, in Unix microseconds.
    ///   - trace: In which it was committed.
    ///   - key: Bytes of its key.
    ///   - payload: Bytes of its payload.
    ///   - content: Appends the bytes of the key and then of the payload.
    /// - Returns: False, and nothing is added, where it does not fit any more.
    package mutating func append(
        time: UInt64,
        trace: TraceContext?,
        key: Int,
        payload: Int,
        content: (inout [UInt8]) -> Void
    ) -> Bool {
        guard begin(time, trace, key, payload) else { return false }
        content(&bytes)
        return true
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

    /// All of a record but the bytes of its key and its payload, which come behind it.
    private mutating func begin(_ time: UInt64, _ trace: TraceContext?, _ key: Int, _ payload: Int) -> Bool {
        let fields = (trace == nil ? 0 : 3 + EventRecord.Field.traceSize) + (key == 0 ? 0 : 3 + key)
        if count == 0 { bytes.reserveCapacity(min(limit, Self.usualBytes)) }
        guard count == 0 || bytes.count + EventRecord.headerSize + fields + payload <= limit else { return false }
        bytes.append(addingCapacity: EventRecord.headerSize + 3) { output in
            output.append(time, bytes: 8)
            output.append(UInt64(fields), bytes: 4)
            output.append(UInt64(payload), bytes: 4)
            if trace == nil, key > 0 { output.appendField(EventRecord.Field.key, size: key) }
        }
        if let trace { append(trace, key) }
        count += 1
        return true
    }

    /// The trace's field, and the beginning of the key's.
    private mutating func append(_ trace: TraceContext, _ key: Int) {
        bytes.append(addingCapacity: 6 + EventRecord.Field.traceSize) { output in
            output.appendField(EventRecord.Field.trace, size: EventRecord.Field.traceSize)
            output.append(trace.traceHigh, bytes: 8)
            output.append(trace.traceLow, bytes: 8)
            output.append(trace.span, bytes: 8)
            output.append(trace.flags)
            if key > 0 { output.appendField(EventRecord.Field.key, size: key) }
        }
    }
}

extension OutputSpan<UInt8> {
    /// The low bytes of a number, big-endian.
    @inline(__always)
    fileprivate mutating func append(_ value: UInt64, bytes: Int) {
        for shift in stride(from: 8 * bytes - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// A field has at most 65,535 bytes.
    @inline(__always)
    fileprivate mutating func appendField(_ tag: UInt8, size: Int) {
        append(tag)
        append(UInt64(UInt16(size)), bytes: 2)
    }
}
