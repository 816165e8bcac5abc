// A row as a statement stands on it: read in place by position, valid until the next one.

public import Bus

/// A row of an answer, from which columns are read by their position, the first is 0. It is for the closure that gets it and must not leave.
public protocol Row {
    /// A whole number; 0 where there is none.
    func integer(_ column: Int) -> Int64
    /// A number with digits behind its point; 0 where there is none.
    func real(_ column: Int) -> Double
    /// Whether there is nothing in this column.
    func isNull(_ column: Int) -> Bool
    /// Bytes of a text or of bytes.
    func size(_ column: Int) -> Int
    /// A text; an empty one where there is none.
    func text(_ column: Int) -> String
    /// Bytes as they were written; none where there are none.
    func bytes(_ column: Int) -> [UInt8]
    /// Appends a text or bytes without a copy between.
    func append(_ column: Int, to bytes: inout [UInt8])
}

extension Row {
    /// A whole number.
    public func int(_ column: Int) -> Int { Int(integer(column)) }

    /// Whether the number is another than 0: what `SQLValue.flag` wrote.
    public func flag(_ column: Int) -> Bool { integer(column) != 0 }

    /// Counts and offsets; what is negative in a damaged file is none.
    public func count(_ column: Int) -> UInt64 { UInt64(clamping: integer(column)) }

    /// What `SQLValue.bits` wrote.
    public func bits(_ column: Int) -> UInt64 { UInt64(bitPattern: integer(column)) }

    /// What `SQLValue.time` wrote.
    public func time(_ column: Int) -> Deadline { Deadline(microseconds: count(column)) }

    /// A whole number, or nil where there is none.
    public func intIfAny(_ column: Int) -> Int? { isNull(column) ? nil : int(column) }

    /// A text, or nil where there is none.
    public func textIfAny(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

    /// Bytes, or nil where there are none.
    public func bytesIfAny(_ column: Int) -> [UInt8]? { isNull(column) ? nil : bytes(column) }
}
