// What goes into a statement in place of `$1`, `$2`, …

public import Bus

/// A value that goes into a statement, or comes out of one.
public enum SQLValue: Sendable, Hashable {
    /// Nothing.
    case null
    /// A whole number of 64 bits.
    case integer(Int64)
    /// A number with digits behind its point.
    case real(Double)
    /// A text in UTF-8. PostgreSQL takes none with a U+0000.
    case text(String)
    /// Bytes as they are: `BLOB`, or `BYTEA`.
    case bytes([UInt8])
}

extension SQLValue {
    /// A whole number.
    public static func int(_ value: Int) -> SQLValue { .integer(Int64(value)) }

    /// A whole number, or nothing.
    public static func int(_ value: Int?) -> SQLValue { value.map { .integer(Int64($0)) } ?? .null }

    /// A text, or nothing.
    public static func text(_ value: String?) -> SQLValue { value.map { .text($0) as SQLValue } ?? .null }

    /// Bytes, or nothing.
    public static func bytes(_ value: [UInt8]?) -> SQLValue { value.map { .bytes($0) as SQLValue } ?? .null }

    /// 0 or 1.
    public static func flag(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }

    /// Counts and offsets, which do not reach the sign.
    public static func count(_ value: UInt64) -> SQLValue { .integer(Int64(clamping: value)) }

    /// Numbers of 64 bits whose sign means nothing, such as epochs.
    public static func bits(_ value: UInt64) -> SQLValue { .integer(Int64(bitPattern: value)) }

    /// Microseconds since 1970.
    public static func time(_ value: Deadline) -> SQLValue { .integer(Int64(clamping: value.microseconds)) }
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
