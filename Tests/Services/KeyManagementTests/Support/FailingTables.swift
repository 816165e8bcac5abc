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

    func append(_ note: AuditNote) throws {
        try change()
        try base.append(note)
    }

    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) throws -> [AuditEntry] {
        try base.auditEntries(after: number, limit: limit, filter)
    }
}
