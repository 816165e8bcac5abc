// The store in earnest: a `DurableStore`, so an answered write is on disk and concurrent writes share a commit.

import Audit
package import Storage

package final class DatabaseStore: KeyManagementStore {
    private let database: DurableStore

    /// Opens the database and brings its tables up to date. Blocks: call it before serving.
    ///
    /// - Throws: `Failure` with `unavailable` where the file cannot be used.
    package init(_ location: DatabaseLocation) throws {
        database = try DurableStore(location, migrations: Self.migrations)
    }

    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Tables) throws -> Value
    ) async throws -> Value {
        try await database.write { try body(DatabaseTables(transaction: $0)) }
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Tables) throws -> Value
    ) async throws -> Value {
        try await database.read { try body(DatabaseTables(transaction: $0)) }
    }

    /// Waits for the writes in hand, then closes the file.
    package func close() async { await database.close() }

    package var life: UInt64 { database.life }
}

private struct DatabaseTables: Tables {
    let transaction: any Transaction

    func find<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws -> Record? {
        try transaction.row(type.statements.find, [.text(id)]) { try Record(row: $0) }
    }

    func prefetch<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws {
        try transaction.prefetch(type.statements.find, [.text(id)])
    }

    func all<Record: StoredRecord>(_ type: Record.Type) throws -> [Record] {
        try transaction.rows(type.statements.all) { try Record(row: $0) }
    }

    func all<Record: StoredRecord>(_ type: Record.Type, of owner: String) throws -> [Record] {
        try transaction.rows(type.statements.allOfOwner, [.text(owner)]) { try Record(row: $0) }
    }

    func save<Record: StoredRecord>(_ record: Record) throws {
        try transaction.later(Record.statements.save, record.values)
    }

    func delete<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws {
        try transaction.later(type.statements.delete, [.text(id)])
    }

    func sweep<Record: ExpiringRecord>(_ type: Record.Type, at now: Timestamp, longest: Duration) throws {
        try transaction.later(type.statements.sweep, [.int(now.rawValue)])
        try transaction.later(type.statements.shorten, [.int((now + longest).rawValue)])
    }

    func append(_ note: AuditNote) throws { try AuditTable.append(note, in: transaction) }

    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) throws -> [AuditEntry] {
        try AuditTable.entries(after: number, limit: limit, filter, in: transaction)
    }
}
