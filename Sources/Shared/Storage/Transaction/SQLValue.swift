// What goes into a statement in place of `$1`, `$2`, …

package import Bus

package enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
}

extension SQLValue {
    package static func int(_ value: Int) -> SQLValue { .integer(Int64(value)) }

    package static func int(_ value: Int?) -> SQLValue { value.map { .integer(Int64($0)) } ?? .null }

    package static func text(_ value: String?) -> SQLValue { value.map { .text($0) as SQLValue } ?? .null }

    package static func bytes(_ value: [UInt8]?) -> SQLValue { value.map { .bytes($0) as SQLValue } ?? .null }

    /// 0 or 1.
    package static func flag(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }

    /// Counts and offsets, which do not reach the sign.
    package static func count(_ value: UInt64) -> SQLValue { .integer(Int64(clamping: value)) }

    /// Numbers of 64 bits whose sign means nothing, such as epochs.
    package static func bits(_ value: UInt64) -> SQLValue { .integer(Int64(bitPattern: value)) }

    /// Microseconds since 1970.
    package static func time(_ value: Deadline) -> SQLValue { .integer(Int64(clamping: value.microseconds)) }
}

extension SQLValue {
    /// Bytes that it takes, as far as they differ from one to another.
    package var size: Int {
        switch self {
        case .null, .integer, .real: 8
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        }
    }
}
