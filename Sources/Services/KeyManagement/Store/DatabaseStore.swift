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

    func endSessions(of username: String, except kept: String?, _ why: Session.End) throws -> [String] {
        // No session has an empty name.
        let values: [SQLValue] = [.text(username), .text(why.rawValue), .text(kept ?? "")]
        return try transaction.rows(BulkStatements.endSessionsOfUser, values) { $0.text(0) }
    }

    func endAllSessions(_ why: Session.End) throws -> Int {
        try transaction.run(BulkStatements.endAllSessions, [.text(why.rawValue)])
    }

    func accounts(after name: String, limit: Int) throws -> [Account] {
        try transaction.rows(BulkStatements.accounts, [.text(name), .int(limit)]) { try Account(row: $0) }
    }

    func tokensWithSuccessor() throws -> [RefreshToken] {
        try transaction.rows(BulkStatements.tokensWithSuccessor) { RefreshToken(row: $0) }
    }

    func forgetSuccessors(after id: String, limit: Int, besides grace: ClosedRange<Timestamp>) throws -> String? {
        let page = try transaction.rows(BulkStatements.tokens, [.text(id), .int(limit)]) { $0.text(0) }
        guard let last = page.last else { return nil }
        try transaction.later(
            BulkStatements.forgetSuccessors,
            [.text(id), .text(last), .int(grace.lowerBound.rawValue), .int(grace.upperBound.rawValue)]
        )
        return last
    }

    func deleteReceipts() throws { try transaction.later(BulkStatements.deleteReceipts, []) }

    func append(_ note: AuditNote) throws { try AuditTable.append(note, in: transaction) }

    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) throws -> [AuditEntry] {
        try AuditTable.entries(after: number, limit: limit, filter, in: transaction)
    }
}
