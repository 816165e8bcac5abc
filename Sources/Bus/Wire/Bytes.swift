// Big-endian numbers in byte arrays. Written through an `OutputSpan` and read through a `Span`, which check bounds and nothing else:
// an array asks at each byte whether it is shared and has room.

extension Array<UInt8> {
    mutating func appendBigEndian(_ value: some FixedWidthInteger & UnsignedInteger) {
        append(addingCapacity: value.bitWidth / 8) { $0.appendBigEndian(value) }
    }

    mutating func overwriteBigEndian(_ value: some FixedWidthInteger & UnsignedInteger, at index: Int) {
        var bytes = mutableSpan
        for byte in 0..<value.bitWidth / 8 {
            bytes[index + byte] = UInt8(truncatingIfNeeded: value >> (value.bitWidth - 8 - 8 * byte))
        }
    }
}

extension OutputSpan<UInt8> {
    mutating func appendBigEndian(_ value: some FixedWidthInteger & UnsignedInteger) {
        var shift = value.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { append(byte) }
    }
}

extension Span<UInt8> {
    /// The number at `index`; the caller has checked that its bytes are there.
    func bigEndian<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type, at index: Int) -> Value {
        var value: Value = 0
        for offset in 0..<Value.bitWidth / 8 { value = value << 8 | Value(self[index + offset]) }
        return value
    }
}

extension ArraySlice<UInt8> {
    /// The number at `index`; the caller has checked that its bytes are there.
    func bigEndian<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type, at index: Int) -> Value {
        span.bigEndian(type, at: index - startIndex)
    }
}
