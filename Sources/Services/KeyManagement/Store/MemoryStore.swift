// The store of unit tests: values in dictionaries, a transaction works on a copy. It refuses nothing and keeps nothing.

import Audit
import Synchronization

package final class MemoryStore: KeyManagementStore {
    private let state = Mutex(MemoryState())

    package init() {}

    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Tables) throws -> Value
    ) async throws -> Value {
        try state.withLock { state in
            let tables = MemoryTables(state)
            let value = try body(tables)
            state = tables.state
            return value
        }
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Tables) throws -> Value
    ) async throws -> Value {
        try body(MemoryTables(state.withLock { $0 }))
    }
}

private struct MemoryState: Sendable {
    var tables: [ObjectIdentifier: [String: any StoredRecord]] = [:]
    var audit: [AuditEntry] = []
}

private final class MemoryTables: Tables {
    private(set) var state: MemoryState

    init(_ state: MemoryState) { self.state = state }

    func find<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws -> Record? {
        state.tables[ObjectIdentifier(type)]?[id] as? Record
    }

    func all<Record: StoredRecord>(_ type: Record.Type) throws -> [Record] {
        let records = state.tables[ObjectIdentifier(type)]?.values.compactMap { $0 as? Record } ?? []
        return records.sorted { $0.id < $1.id }
    }

    func all<Record: StoredRecord>(_ type: Record.Type, of owner: String) throws -> [Record] {
        try all(type).filter { $0.owner == owner }
    }

    func save<Record: StoredRecord>(_ record: Record) throws {
        state.tables[ObjectIdentifier(Record.self), default: [:]][record.id] = record
    }

    func delete<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws {
        state.tables[ObjectIdentifier(type)]?[id] = nil
    }

    func sweep<Record: ExpiringRecord>(_ type: Record.Type, at now: Timestamp, longest: Duration) throws {
        for var record in try all(type) {
            guard let expiresAt = record.expiresAt else { continue }
            guard expiresAt > now else { try delete(type, record.id); continue }
            record.expiresAt = min(expiresAt, now + longest)
            try save(record)
        }
    }

    func append(_ note: AuditNote) throws { state.audit.append(AuditEntry(note, after: state.audit.last)) }

    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) throws -> [AuditEntry] {
        Array(state.audit.lazy.filter { $0.number > number && filter.matches($0) }.prefix(limit))
    }
}
