// One connection to an SQLite file: opened, asked, closed with its last reference. Statements are compiled once and kept.
//
// It takes no lock of its own (`NOMUTEX`): one thread at a time, and whoever hands it on sees to that. It knows nothing of transactions, of
// what tables there are, or of who asks.

internal import CSQLite

@safe package final class Connection {
    private let handle: OpaquePointer
    private var statements: [Int: Statement] = [:]
    /// Pages in the write-ahead log after the last commit, where `countLogPages` was called.
    package fileprivate(set) var logPages = 0

    /// `path` is a file, or `:memory:`.
    package init(_ path: String, busyTimeout: Duration = .zero) throws(SQLiteError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = unsafe sqlite3_open_v2(path, &opened, flags, nil)
        guard let opened = unsafe opened else { throw SQLiteError(SQLITE_NOMEM, "out of memory") }
        guard code == SQLITE_OK else {
            defer { unsafe sqlite3_close_v2(opened) }
            throw unsafe SQLiteError(code, String(cString: sqlite3_errmsg(opened)))
        }
        unsafe handle = opened
        unsafe sqlite3_extended_result_codes(opened, 1)
        unsafe sqlite3_busy_timeout(opened, Int32(clamping: Int64(busyTimeout / .milliseconds(1))))
        unsafe Relevance.add(to: opened)
    }

    deinit {
        statements = [:]
        // Later where somebody still holds a statement.
        unsafe sqlite3_close_v2(handle)
    }

    /// The statement of that number, compiled on its first use and ready to be bound; a second one where the first is in the midst of its rows.
    /// Without a number it is not kept.
    package func statement(_ id: Int?, _ text: @autoclosure () -> String) throws(SQLiteError) -> Statement {
        guard let id else { return try compile(text()) }
        if let known = statements[id], !known.isUnderWay { return known }
        let made = try compile(text())
        if statements[id] == nil { statements[id] = made }
        return made
    }

    /// Runs any number of statements that answer nothing.
    package func execute(_ script: String) throws(SQLiteError) {
        let code = unsafe sqlite3_exec(handle, script, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// Rows that the last statement changed.
    package var changes: Int { Int(unsafe sqlite3_changes(handle)) }

    /// Goes on counting the pages of the log, and leaves checkpoints to whoever calls `checkpoint`.
    package func countLogPages() {
        // Unretained: the hook ends with the connection that this object closes.
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                if let context = unsafe context {
                    unsafe Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages)
                }
                return SQLITE_OK
            },
            me
        )
    }

    /// Copies as much of the log into the file as needs no waiting for anybody. As a statement: the function of that name does nothing on a
    /// connection that has not read yet.
    package func checkpoint() throws(SQLiteError) { try execute("PRAGMA wal_checkpoint(PASSIVE)") }

    private func compile(_ text: String) throws(SQLiteError) -> Statement {
        var made: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
        guard code == SQLITE_OK, let made = unsafe made else { throw error(code) }
        return unsafe Statement(made, of: handle)
    }

    private func error(_ code: Int32) -> SQLiteError {
        unsafe SQLiteError(code, String(cString: sqlite3_errmsg(handle)))
    }
}
