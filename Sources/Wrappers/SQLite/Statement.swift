// A compiled statement: bound by position (`$1` …), stepped, read in place, reset.
//
// Columns are read between two steps, straight from SQLite's row. SQLite answers 0 and nothing for a column that is not there.

internal import CSQLite

@safe package final class Statement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer
    /// SQLite's index of `$1`, `$2`, …: it numbers parameters in the order in which the text names them first.
    private let indices: [Int32]
    /// Between the first row and `reset`.
    package private(set) var isUnderWay = false
    private var holdsMuch = false

    init(_ handle: OpaquePointer, of connection: OpaquePointer) {
        unsafe self.handle = handle
        unsafe self.connection = connection
        let count = unsafe sqlite3_bind_parameter_count(handle)
        var indices: [Int32] = []
        while indices.count < count {
            indices.append(unsafe sqlite3_bind_parameter_index(handle, "$\(indices.count + 1)"))
        }
        self.indices = indices
    }

    deinit { unsafe sqlite3_finalize(handle) }

    package var parameterCount: Int { indices.count }

    package func bindNull(at position: Int) throws(SQLiteError) {
        try check(unsafe sqlite3_bind_null(handle, indices[position]))
    }

    package func bind(_ value: Int64, at position: Int) throws(SQLiteError) {
        try check(unsafe sqlite3_bind_int64(handle, indices[position], value))
    }

    package func bind(_ value: Double, at position: Int) throws(SQLiteError) {
        try check(unsafe sqlite3_bind_double(handle, indices[position], value))
    }

    package func bind(_ value: String, at position: Int) throws(SQLiteError) {
        var value = value
        let code = value.withUTF8 { bytes in
            if bytes.count > 4096 { holdsMuch = true }
            return unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                unsafe shim_bind_text(handle, indices[position], bytes.baseAddress, UInt64(bytes.count))
            }
        }
        try check(code)
    }

    package func bind(_ value: [UInt8], at position: Int) throws(SQLiteError) {
        if value.count > 4096 { holdsMuch = true }
        let code = unsafe value.withUnsafeBytes { bytes in
            unsafe shim_bind_blob(handle, indices[position], bytes.baseAddress, UInt64(bytes.count))
        }
        try check(code)
    }

    /// Goes to the next row; false at the end.
    package func step() throws(SQLiteError) -> Bool {
        let code = unsafe sqlite3_step(handle)
        isUnderWay = code == SQLITE_ROW
        if isUnderWay { return true }
        guard code == SQLITE_DONE else { throw error(code) }
        return false
    }

    /// Ready for the next use. Short values stay bound; what holds much memory does not.
    package func reset() {
        unsafe sqlite3_reset(handle)
        isUnderWay = false
        guard holdsMuch else { return }
        unsafe sqlite3_clear_bindings(handle)
        holdsMuch = false
    }

    // MARK: The row in hand

    package func integer(_ column: Int) -> Int64 { unsafe sqlite3_column_int64(handle, Int32(column)) }

    package func real(_ column: Int) -> Double { unsafe sqlite3_column_double(handle, Int32(column)) }

    package func isNull(_ column: Int) -> Bool { unsafe sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }

    /// Bytes of a text or a blob.
    package func size(_ column: Int) -> Int { Int(unsafe sqlite3_column_bytes(handle, Int32(column))) }

    package func text(_ column: Int) -> String {
        guard let start = unsafe sqlite3_column_text(handle, Int32(column)) else { return "" }
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: size(column)), as: UTF8.self)
    }

    package func bytes(_ column: Int) -> [UInt8] {
        guard let start = unsafe sqlite3_column_blob(handle, Int32(column)) else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: size(column)))
    }

    /// Appends the bytes of a text or a blob.
    package func append(_ column: Int, to bytes: inout [UInt8]) {
        guard let start = unsafe sqlite3_column_blob(handle, Int32(column)) else { return }
        unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: size(column)))
    }

    private func check(_ code: Int32) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw error(code) }
    }

    private func error(_ code: Int32) -> SQLiteError {
        unsafe SQLiteError(code, String(cString: sqlite3_errmsg(connection)))
    }
}
