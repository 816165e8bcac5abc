// What a sick disk looks like to a caller: a coded 503, never a half-written state and never SQLite's own words.
//
// A broken constraint is not sickness but our bug or the caller's conflict; it passes through for the service to name.

import Bus
import GRDB

package enum StoreFailure {
    /// The error as callers should see it.
    package static func translate(_ error: any Error) -> any Error {
        if error is CancellationError { return Failure(.cancelled, "The caller gave up before the store answered.") }
        guard let error = error as? DatabaseError, let reason = reason(error.resultCode) else { return error }
        return Failure(.unavailable, "The store cannot be used: \(reason). Nothing was changed.", retryAfter: 1)
    }

    private static func reason(_ code: ResultCode) -> String? {
        switch code {
        case .SQLITE_FULL: "the disk is full"
        case .SQLITE_BUSY, .SQLITE_LOCKED: "another process holds its lock"
        case .SQLITE_READONLY: "it is read-only"
        case .SQLITE_IOERR: "the disk failed"
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: "its file cannot be opened"
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: "its file is damaged"
        case .SQLITE_NOMEM, .SQLITE_INTERRUPT, .SQLITE_ABORT: "the transaction was broken off"
        case .SQLITE_MISUSE: "it is closed"
        default: nil
        }
    }
}
