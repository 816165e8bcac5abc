// One event in a block: where its parts are. Reads no byte beyond its own, copies nothing; the caller says where it begins.
//
//   0                8                12                 16
//   | committed at   | fields' length | payload's length | fields … | payload …

struct EventRecord {
    static let headerSize = 16

    /// Unix microseconds.
    let time: UInt64
    let payload: Range<Int>
    private(set) var key = 0..<0
    private(set) var trace: TraceContext?
    var end: Int { payload.upperBound }

    /// `nil` where the bytes do not add up.
    init?(_ bytes: Span<UInt8>, at start: Int) {
        guard bytes.count - start >= Self.headerSize else { return nil }
        let fieldsAt = start + Self.headerSize
        let fields = Int(bytes.number(at: start + 8, bytes: 4))
        let size = Int(bytes.number(at: start + 12, bytes: 4))
        guard fields + size <= bytes.count - fieldsAt else { return nil }
        time = bytes.number(at: start, bytes: 8)
        payload = fieldsAt + fields..<fieldsAt + fields + size
        var at = fieldsAt
        while at < payload.lowerBound {
            guard let end = readField(bytes, at) else { return nil }
            at = end
        }
    }

    /// Where the next field begins.
    private mutating func readField(_ bytes: Span<UInt8>, _ at: Int) -> Int? {
        guard payload.lowerBound - at >= 3 else { return nil }
        let (value, length) = (at + 3, Int(bytes.number(at: at + 1, bytes: 2)))
        guard length <= payload.lowerBound - value else { return nil }
        switch bytes[at] {
        case Field.key: key = value..<value + length
        case Field.trace:
            guard length == Field.traceSize else { return nil }
            trace = bytes.trace(at: value)
        default: break
        }
        return value + length
    }

    /// How many records there are; `nil` where they do not add up, or a key is no text.
    static func count(in records: ArraySlice<UInt8>) -> Int? {
        var (count, at) = (0, 0)
        while at < records.count {
            guard let record = EventRecord(records.span, at: at), isText(record.key, in: records) else { return nil }
            count += 1
            at = record.end
        }
        return count
    }

    private static func isText(_ range: Range<Int>, in records: ArraySlice<UInt8>) -> Bool {
        let bytes = records.span
        for index in range where bytes[index] >= 0x80 {
            let start = records.startIndex
            let text = records[start + range.lowerBound..<start + range.upperBound]
            return String(validating: text, as: UTF8.self) != nil
        }
        return true
    }

    /// Tags as in messages.
    enum Field {
        static let trace: UInt8 = 2
        static let key: UInt8 = 6
        static let traceSize = 25
    }
}

extension Span<UInt8> {
    /// A big-endian number; the caller has checked that its bytes are there. Inlined, so that the loop is none where the count is known.
    @inline(__always)
    fileprivate func number(at start: Int, bytes count: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in start..<start + count { value = value << 8 | UInt64(self[index]) }
        return value
    }

    fileprivate func trace(at start: Int) -> TraceContext {
        TraceContext(
            traceHigh: number(at: start, bytes: 8),
            traceLow: number(at: start + 8, bytes: 8),
            span: number(at: start + 16, bytes: 8),
            flags: self[start + 24]
        )
    }
}
