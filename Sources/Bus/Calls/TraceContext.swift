// W3C Trace Context (Recommendation of 2021-11-23): the ids that tie every hop, log line and error of one request together.

/// The trace and the span that a hop belongs to, as `traceparent` carries them (W3C Trace Context).
public struct TraceContext: Sendable, Hashable {
    /// 128 bits, never all zero.
    package let traceHigh: UInt64
    package let traceLow: UInt64
    /// The span of the hop in hand, never zero.
    package let span: UInt64
    /// Bit 0: sampled.
    package let flags: UInt8

    package init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, flags: UInt8) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.flags = flags
    }

    /// A new trace.
    public static func begin() -> TraceContext {
        TraceContext(traceHigh: TraceIDs.next(), traceLow: TraceIDs.next() | 1, span: TraceIDs.next() | 1, flags: 1)
    }

    /// The same trace, one hop further.
    public func next() -> TraceContext {
        TraceContext(traceHigh: traceHigh, traceLow: traceLow, span: TraceIDs.next() | 1, flags: flags)
    }

    /// 32 lower-case hex digits, as logs and errors show it.
    public var traceID: String {
        var text = [UInt8]()
        text.append(addingCapacity: 32) { $0.appendTraceID(of: self) }
        return String(decoding: text, as: UTF8.self)
    }

    /// 16 lower-case hex digits: the hop in hand.
    package var spanID: String { spanID(span) }

    /// 16 lower-case hex digits of any span.
    package func spanID(_ span: UInt64) -> String {
        var text = [UInt8]()
        text.append(addingCapacity: 16) { $0.appendHex(span) }
        return String(decoding: text, as: UTF8.self)
    }

    /// `00-<trace id>-<span id>-<flags>`.
    public var traceparent: String {
        var text = [UInt8]()
        text.append(addingCapacity: 55) { text in
            text.append("00-".utf8)
            text.appendTraceID(of: self)
            text.append(UInt8(ascii: "-"))
            text.appendHex(span)
            text.append(UInt8(ascii: "-"))
            text.appendHex(flags)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Parses a `traceparent` header; `nil` for anything the recommendation calls invalid. Of a newer version it reads what version 00 has;
    /// flags other than "sampled" are not passed on.
    public init?(traceparent: String) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= 55, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D else { return nil }
        guard let version = Self.number(bytes[0..<2]), version != 0xFF,
            bytes.count == 55 || (version != 0 && bytes[55] == 0x2D),
            let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]),
            let span = Self.number(bytes[36..<52]), let flags = Self.number(bytes[53..<55]),
            high != 0 || low != 0, span != 0
        else { return nil }
        self.init(traceHigh: high, traceLow: low, span: span, flags: UInt8(flags & 1))
    }

    /// Lower-case hex only, as the recommendation demands.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        digits.reduce(UInt64?(0)) { sum, digit in
            switch digit {
            case 0x30...0x39: sum.map { $0 << 4 | UInt64(digit - 0x30) }
            case 0x61...0x66: sum.map { $0 << 4 | UInt64(digit - 0x57) }
            default: nil
            }
        }
    }
}

extension OutputSpan<UInt8> {
    fileprivate mutating func appendTraceID(of trace: TraceContext) {
        appendHex(trace.traceHigh)
        appendHex(trace.traceLow)
    }

    /// All digits of a number, lower case.
    fileprivate mutating func appendHex(_ value: some FixedWidthInteger & UnsignedInteger) {
        var shift = value.bitWidth
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: value >> shift) & 0xF
            append(digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
        }
    }
}
