// What came back for one statement: its rows, read in place, and how many it changed. The server's memory is given back with the last reference.

internal import CPostgreSQL

@safe package final class Answer {
    private let handle: OpaquePointer
    /// Rows that came back.
    package let count: Int
    private let columns: Int32

    /// - Throws: `PostgreSQLError` for a column of a type that is not read here: nothing is guessed.
    init(owning handle: OpaquePointer) throws(PostgreSQLError) {
        unsafe self.handle = handle
        count = Int(unsafe PQntuples(handle))
        columns = unsafe PQnfields(handle)
        for column in 0..<columns {
            let type = unsafe PQftype(handle, column)
            guard ColumnType(rawValue: type) != nil else {
                throw PostgreSQLError(.other, "column \(column) is of type \(type), which is not read here: cast it")
            }
        }
    }

    deinit { unsafe PQclear(handle) }

    /// `COMMIT`, `ROLLBACK`, `INSERT 0 1`: what the server says that it has done.
    package var tag: String {
        guard let text = unsafe PQcmdStatus(handle) else { return "" }
        return unsafe String(cString: text)
    }

    /// Rows that the statement changed.
    package var changes: Int {
        guard let text = unsafe PQcmdTuples(handle) else { return 0 }
        return unsafe Int(String(cString: text)) ?? 0
    }

    package func isNull(_ row: Int, _ column: Int) -> Bool {
        unsafe PQgetisnull(handle, Int32(row), Int32(column)) == 1
    }

    package func size(_ row: Int, _ column: Int) -> Int {
        Int(unsafe PQgetlength(handle, Int32(row), Int32(column)))
    }

    /// 0 for what is not there, as SQLite has it.
    package func integer(_ row: Int, _ column: Int) -> Int64 {
        let bytes = unsafe span(row, column)
        let sign: Int64 = unsafe bytes.count > 1 && bytes[0] >= 0x80 ? -1 : 0
        return unsafe bytes.reduce(sign) { $0 << 8 | Int64($1) }
    }

    package func real(_ row: Int, _ column: Int) -> Double {
        guard unsafe PQftype(handle, Int32(column)) == ColumnType.real.rawValue else {
            return Double(integer(row, column))
        }
        return Double(bitPattern: UInt64(bitPattern: integer(row, column)))
    }

    package func text(_ row: Int, _ column: Int) -> String {
        unsafe String(decoding: span(row, column), as: UTF8.self)
    }

    package func bytes(_ row: Int, _ column: Int) -> [UInt8] { unsafe Array(span(row, column)) }

    package func append(_ row: Int, _ column: Int, to bytes: inout [UInt8]) {
        unsafe bytes.append(contentsOf: span(row, column))
    }

    /// libpq answers an empty text for rows and columns that are not there, and a null pointer never.
    private func span(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer {
        guard row < count, column < Int(columns) else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        let start = unsafe PQgetvalue(handle, Int32(row), Int32(column))
        return unsafe UnsafeRawBufferPointer(start: start, count: size(row, column))
    }
}
