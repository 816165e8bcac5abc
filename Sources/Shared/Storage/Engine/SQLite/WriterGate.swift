// The writing connection, and the lock that makes it one thread's at a time: the writer's, but for a store in memory, where readers have
// no other.

import Synchronization

final class WriterGate: Sendable {
    private let writer: Mutex<SQLiteWriter?>

    /// Opens the connection, and makes what tables and topics are missing.
    init(_ file: SQLiteFile, _ checkpointer: Checkpointer?, _ migrations: [Migration], _ topics: [String]) throws {
        let opened = try SQLiteFailure.named { try file.writer(checkpointer) }
        try Migrator(migrations, topics).run(on: opened)
        writer = Mutex(opened)
    }

    func withSession<Value: Sendable>(_ body: (SQLiteWriter) throws -> Value) throws -> Value {
        try writer.withLock { writer in
            guard let writer else { throw StoreError(.closed, "the store is closed") }
            return try body(writer)
        }
    }

    func close() { writer.withLock { $0 = nil } }
}
