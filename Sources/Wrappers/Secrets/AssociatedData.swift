// Where a sealed value belongs: table, column and row, so that nobody can move it to another row and have it opened.
//
// Every part is written with its length before it (4 bytes, big-endian): ["ab", "c"] and ["a", "bc"] differ.

package struct AssociatedData: Sendable, Equatable, ExpressibleByArrayLiteral {
    let bytes: [UInt8]

    package init(_ parts: [String]) {
        bytes = parts.flatMap { part in BigEndian.bytes(UInt32(part.utf8.count)) + Array(part.utf8) }
    }

    /// `["api_keys", "sealed", serviceName]`.
    package init(arrayLiteral parts: String...) {
        self.init(parts)
    }
}

enum BigEndian {
    static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        stride(from: Number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    static func number(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
