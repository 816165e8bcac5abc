// Big-endian numbers and tagged fields in byte arrays.

extension Array<UInt8> {
    mutating func appendBigEndian(_ value: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func overwriteBigEndian(_ value: UInt32, at index: Int) {
        for byte in 0..<4 { self[index + byte] = UInt8(truncatingIfNeeded: value >> (24 - 8 * byte)) }
    }

    /// A field longer than 65,535 bytes is cut by its caller's own limits before it gets here; here it traps.
    mutating func appendField(_ tag: UInt8, _ value: some Collection<UInt8>) {
        append(tag)
        appendBigEndian(UInt16(value.count))
        append(contentsOf: value)
    }

    mutating func appendField(_ tag: UInt8, _ value: UInt64) {
        append(tag)
        appendBigEndian(UInt16(8))
        appendBigEndian(value)
    }

    mutating func appendField(_ tag: UInt8, _ trace: TraceContext) {
        append(tag)
        appendBigEndian(UInt16(25))
        appendBigEndian(trace.traceHigh)
        appendBigEndian(trace.traceLow)
        appendBigEndian(trace.span)
        append(trace.flags)
    }
}

extension ArraySlice<UInt8> {
    /// The number at `index`; the caller has checked that its bytes are there.
    func bigEndian<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type, at index: Int) -> Value {
        var value: Value = 0
        for byte in self[index..<index + Value.bitWidth / 8] { value = value << 8 | Value(byte) }
        return value
    }
}
