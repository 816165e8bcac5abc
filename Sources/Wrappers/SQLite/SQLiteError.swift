// What SQLite says when it cannot, sorted by what its caller can do about it. The text is SQLite's own: for logs, not for callers of a service.

internal import CSQLite

package struct SQLiteError: Error, Equatable {
    package enum Kind: Sendable {
        case constraint, full, locked, readOnly, failed, cannotOpen, damaged, brokenOff, closed, other
    }

    /// Extended where SQLite has one.
    package let code: Int32
    package let message: String

    init(_ code: Int32, _ message: String) {
        self.code = code
        self.message = message
    }

    package var kind: Kind {
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_FULL: .full
        case SQLITE_BUSY, SQLITE_LOCKED: .locked
        case SQLITE_READONLY: .readOnly
        case SQLITE_IOERR: .failed
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: .cannotOpen
        case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
        case SQLITE_NOMEM, SQLITE_INTERRUPT, SQLITE_ABORT: .brokenOff
        case SQLITE_MISUSE: .closed
        default: .other
        }
    }

    /// The disk was asked to make sure and did not answer: what was written may be there after all.
    package var leavesOutcomeOpen: Bool {
        [SQLITE_IOERR | (4 << 8), SQLITE_IOERR | (5 << 8)].contains(code)
    }
}
