// Where an SQLite store's connections come from, and what each is set to.
//
//     writer      WAL, synchronous = FULL where it is not told otherwise (`Durability`), foreign keys; leaves checkpoints to another connection
//     readers     refuse to write; each read is a snapshot
//     keeper      copies the log into the file, so that no write waits for it
//
// A store in memory has one connection for all of it.

import Foundation
import SQLite

struct SQLiteFile: Sendable {
    /// Nil: in memory.
    private let path: String?
    private let limits: StoreLimits

    /// - Throws: `Failure` with `unavailable` where the file cannot be.
    init(_ path: String?, _ limits: StoreLimits) throws {
        if let path { try DatabaseLocation.makePrivate(path) }
        (self.path, self.limits) = (path, limits)
    }

    var isInMemory: Bool { path == nil }

    func writer(_ checkpointer: Checkpointer?) throws -> SQLiteWriter {
        let connection = try open()
        try connection.execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
            PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864
            """
        )
        connection.countLogPages()
        return SQLiteWriter(connection, checkpointer, limits)
    }

    func reader() throws -> SQLiteSession {
        let connection = try open()
        try connection.execute("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY")
        return SQLiteSession(connection)
    }

    func open() throws -> Connection {
        let connection = try Connection(path ?? ":memory:", busyTimeout: limits.lockTimeout)
        try connection.execute("PRAGMA cache_size = -\(limits.pageCache >> 10)")  // negative: KiB, not pages
        return connection
    }
}
