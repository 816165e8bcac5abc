// The columns of the row that a GRDB statement stands on, read in place.
//
// GRDB gives a blob as `Data`: an object, a copy and their end for each row, which took more time than SQLite took to find the row. Here
// bytes go from SQLite straight to where they are wanted. The cursor stays GRDB's, with its locks and errors; this only reads, and only
// between two steps of it. SQLite answers 0 and nothing for a column that is not there.

package import GRDB
internal import GRDBSQLite

@safe package struct Columns {
    private let statement: Statement

    /// Of a statement whose cursor the caller steps.
    package init(of statement: Statement) { self.statement = statement }

    package func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(statement.sqliteStatement, column) }

    package func isNull(_ column: Int32) -> Bool {
        unsafe sqlite3_column_type(statement.sqliteStatement, column) == SQLITE_NULL
    }

    /// Bytes of a text or a blob.
    package func size(_ column: Int32) -> Int { Int(unsafe sqlite3_column_bytes(statement.sqliteStatement, column)) }

    package func text(_ column: Int32) -> String? {
        unsafe sqlite3_column_text(statement.sqliteStatement, column).map { unsafe String(cString: $0) }
    }

    /// Appends the bytes of a text or a blob.
    package func append(_ column: Int32, to bytes: inout [UInt8]) {
        guard let start = unsafe sqlite3_column_blob(statement.sqliteStatement, column) else { return }
        unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: size(column)))
    }
}
