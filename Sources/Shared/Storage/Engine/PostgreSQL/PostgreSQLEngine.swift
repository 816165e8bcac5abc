// A store on PostgreSQL: a schema of the service's own, one writing connection, some that read.

import PostgreSQL
import Synchronization

final class PostgreSQLEngine: StoreEngine {
    private let writer: Mutex<PostgreSQLWriter?>
    private let readers: PostgreSQLReaders
    private let writerLife = WriterLife()

    /// Connects, and makes what schema, tables and topics are missing.
    init(_ source: PostgreSQLSource, isAlone: Bool, _ migrations: [Migration], _ topics: [String]) throws {
        let opened = try PostgreSQLWriter(source, isAlone: isAlone, writerLife)
        try Migrator(migrations, topics).run(on: opened)
        writer = Mutex(opened)
        isShared = !isAlone
        readers = PostgreSQLReaders(source, writerLife)
    }

    let isShared: Bool
    var isAtHand: Bool { false }
    var life: UInt64 { writerLife.present.number }

    func withWriter<Value: Sendable>(_ body: (any WriterConnection) throws -> Value) throws -> Value {
        try writer.withLock { writer in
            guard let writer else { throw StoreError(.closed, "the store is closed") }
            return try body(writer)
        }
    }

    func read<Value: Sendable>(_ body: (any Transaction) throws -> Value) throws -> Value { try readers.read(body) }

    func close() {
        readers.close()
        writer.withLock { $0 = nil }
    }
}
