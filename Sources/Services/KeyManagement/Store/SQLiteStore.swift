// The store in earnest: a `ServiceDatabase`, so an answered write is on disk and concurrent writes share a commit.

import Audit
import GRDB
package import Storage

package final class SQLiteStore: KeyManagementStore {
    private let database: ServiceDatabase

    /// Opens the database and brings its tables up to date. Blocks: call it before serving.
    ///
    /// - Throws: `Failure` with `unavailable` where the file cannot be used.
    package init(_ location: DatabaseLocation) throws {
        database = try ServiceDatabase(location, migrations: Self.migrations)
    }

    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Tables) throws -> Value
    ) async throws -> Value {
        try await database.write { db in try body(SQLiteTables(db: db)) }
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Tables) throws -> Value
    ) async throws -> Value {
        try await database.read { db in try body(SQLiteTables(db: db)) }
    }

    /// Waits for the writes in hand, then closes the file.
    package func close() async throws { try await database.close() }
}

private struct SQLiteTables: Tables {
    let db: Database

    func find<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws -> Record? {
        // Prepared once: every request at every gateway comes through here.
        let select = try db.cachedStatement(sql: "SELECT * FROM \(type.table) WHERE id = ?")
        return try SQLiteRow<Record>.fetchOne(select, arguments: [id])?.value
    }

    func all<Record: StoredRecord>(_ type: Record.Type) throws -> [Record] {
        try SQLiteRow<Record>.order(Column("id")).fetchAll(db).map(\.value)
    }

    func all<Record: StoredRecord>(_ type: Record.Type, of owner: String) throws -> [Record] {
        guard let column = type.ownerColumn else { return [] }
        return try SQLiteRow<Record>.filter(Column(column) == owner).order(Column("id")).fetchAll(db).map(\.value)
    }

    func save<Record: StoredRecord>(_ record: Record) throws { try SQLiteRow(record).upsert(db) }

    func delete<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws {
        _ = try SQLiteRow<Record>.filter(Column("id") == id).deleteAll(db)
    }

    func sweep<Record: ExpiringRecord>(_ type: Record.Type, at now: Timestamp, longest: Duration) throws {
        let latest = (now + longest).rawValue
        try db.execute(sql: "DELETE FROM \(type.table) WHERE expires_at <= ?", arguments: [now.rawValue])
        try db.execute(
            sql: "UPDATE \(type.table) SET expires_at = ? WHERE expires_at > ?",
            arguments: [latest, latest]
        )
    }

    func append(_ note: AuditNote) throws { try AuditTable.append(note, in: db) }

    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) throws -> [AuditEntry] {
        try AuditTable.entries(after: number, limit: limit, filter, in: db)
    }
}
