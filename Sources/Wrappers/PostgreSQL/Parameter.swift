// A value on its way to the server, in PostgreSQL's binary form: integers big-endian, texts and bytes as they are, with their length.

package enum Parameter: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])

    /// The number of its type in the server's catalogue; 0 lets the server decide, as it can for what is not there.
    package var type: UInt32 {
        switch self {
        case .null: 0
        case .integer: ColumnType.integer.rawValue
        case .real: ColumnType.real.rawValue
        case .text: ColumnType.text.rawValue
        case .bytes: ColumnType.bytes.rawValue
        }
    }

    /// Its binary form goes to `bytes`; answers where it lies there, or nil for what is not there.
    func append(to bytes: inout [UInt8]) -> Range<Int>? {
        let start = bytes.count
        switch self {
        case .null: return nil
        case .integer(let number): Self.append(UInt64(bitPattern: number), to: &bytes)
        case .real(let number): Self.append(number.bitPattern, to: &bytes)
        case .text(let text): bytes.append(contentsOf: text.utf8)
        case .bytes(let value): bytes.append(contentsOf: value)
        }
        return start..<bytes.count
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}

/// The types that are read here, by the numbers of the server's catalogue.
enum ColumnType: UInt32 {
    case flag = 16
    case bytes = 17
    case integer = 20
    case shortInteger = 21
    case plainInteger = 23
    case text = 25
    case real = 701
    case name = 19
    case variableText = 1043
    case nothing = 2278
}
