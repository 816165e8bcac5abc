// A transaction that ends in the middle: its n-th change throws.

import Audit

@testable import KeyManagement

final class FailingTables: Tables {
    struct PowerCut: Error {}

    private let base: any Tables
    private var left: Int

    init(_ base: any Tables, at change: Int) {
        self.base = base
        left = change
    }

    private func change() throws {
        left -= 1
        if left == 0 { throw PowerCut() }
    }

    func find<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws -> Record? { try base.find(type, id) }
    func all<Record: StoredRecord>(_ type: Record.Type) throws -> [Record] { try base.all(type) }

    func all<Record: StoredRecord>(_ type: Record.Type, of owner: String) throws -> [Record] {
        try base.all(type, of: owner)
    }

    func save<Record: StoredRecord>(_ record: Record) throws {
        try change()
        try base.save(record)
    }

    func delete<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws {
        try change()
        try base.delete(type, id)
    }

    func sweep<Record: ExpiringRecord>(_ type: Record.Type, at now: Timestamp, longest: Duration) throws {
        try change()
        try base.sweep(type, at: now, longest: longest)
    }

    func endSessions(of username: String, except kept: String?, _ why: Session.End) throws -> [String] {
        try change()
        return try base.endSessions(of: username, except: kept, why)
    }

    func endAllSessions(_ why: Session.End) throws -> Int {
        try change()
        return try base.endAllSessions(why)
    }

    func accounts(after name: String, limit: Int) throws -> [Account] { try base.accounts(after: name, limit: limit) }
    func tokensWithSuccessor() throws -> [RefreshToken] { try base.tokensWithSuccessor() }

    func forgetSuccessors(after id: String, limit: Int, besides grace: ClosedRange<Timestamp>) throws -> String? {
        try change()
        return try base.forgetSuccessors(after: id, limit: limit, besides: grace)
    }

    func deleteReceipts() throws {
        try change()
        try base.deleteReceipts()
    }

    func append(_ note: AuditNote) throws {
        try change()
        try base.append(note)
    }

    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) throws -> [AuditEntry] {
        try base.auditEntries(after: number, limit: limit, filter)
    }
}
