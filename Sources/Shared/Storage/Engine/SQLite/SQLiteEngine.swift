// A store on SQLite: its file, the writing connection, and the lock that makes that one thread's at a time: the writer's, but for a store in
// memory, where readers have no other.

import Synchronization

final class SQLiteEngine: StoreEngine {
    private let writer: WriterGate
    private let readers: SQLiteReaders
    private let checkpointer: Checkpointer?

    /// Opens the file, and makes what tables and topics are missing.
    init(_ file: SQLiteFile, _ migrations: [Migration], _ topics: [String]) throws {
        checkpointer = file.isInMemory ? nil : Checkpointer(file)
        writer = try WriterGate(file, checkpointer, migrations, topics)
        readers = SQLiteReaders(file, shared: file.isInMemory ? writer : nil)
    }

    var isShared: Bool { false }
    var life: UInt64 { 0 }
    /// In memory a reader waits for the writer.
    var isAtHand: Bool { checkpointer != nil }

    func withWriter<Value: Sendable>(_ body: (any WriterConnection) throws -> Value) throws -> Value {
        try writer.withSession { try body($0) }
    }

    func read<Value: Sendable>(_ body: (any Transaction) throws -> Value) throws -> Value { try readers.read(body) }

    func close() {
        readers.close()
        checkpointer?.close()
        writer.close()
    }
}
