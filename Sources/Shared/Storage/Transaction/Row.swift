// A row as a statement stands on it: read in place by position, valid until the next one.

package import Bus

package protocol Row {
    func integer(_ column: Int) -> Int64
    func real(_ column: Int) -> Double
    func isNull(_ column: Int) -> Bool
    /// Bytes of a text or of bytes.
    func size(_ column: Int) -> Int
    func text(_ column: Int) -> String
    func bytes(_ column: Int) -> [UInt8]
    /// Appends a text or bytes without a copy between.
    func append(_ column: Int, to bytes: inout [UInt8])
}

extension Row {
    package func int(_ column: Int) -> Int { Int(integer(column)) }

    package func flag(_ column: Int) -> Bool { integer(column) != 0 }

    /// Counts and offsets; what is negative in a damaged file is none.
    package func count(_ column: Int) -> UInt64 { UInt64(clamping: integer(column)) }

    package func bits(_ column: Int) -> UInt64 { UInt64(bitPattern: integer(column)) }

    package func time(_ column: Int) -> Deadline { Deadline(microseconds: count(column)) }

    package func intIfAny(_ column: Int) -> Int? { isNull(column) ? nil : int(column) }

    package func textIfAny(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

    package func bytesIfAny(_ column: Int) -> [UInt8]? { isNull(column) ? nil : bytes(column) }
}
