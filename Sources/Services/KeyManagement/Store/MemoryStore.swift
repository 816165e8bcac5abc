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
        let ends = try all(type).compactMap { record in record.expiresAt.map { (record: record, end: $0) } }
        let (ordered, latest) = (ends.sorted { $0.end < $1.end }, now + longest)
        for (record, _) in ordered.prefix(while: { $0.end <= now }).prefix(RecordStatements.portion) {
            try delete(type, record.id)
        }
        for (var record, _) in ordered.drop(while: { $0.end <= latest }).suffix(RecordStatements.portion) {
            record.expiresAt = latest
            try save(record)
        }
    }

    func endSessions(of username: String, except kept: String?, _ why: Session.End) throws -> [String] {
        try end(try all(Session.self, of: username).filter { $0.id != kept }, why)
    }

    func endAllSessions(_ why: Session.End) throws -> Int { try end(try all(Session.self), why).count }

    private func end(_ sessions: [Session], _ why: Session.End) throws -> [String] {
        let alive = sessions.filter { $0.ended == nil }
        for var session in alive {
            session.ended = why
            try save(session)
        }
        return alive.map(\.id)
    }

    func accounts(after name: String, limit: Int) throws -> [Account] {
        Array(try all(Account.self).lazy.filter { $0.id > name && $0.state != .deleted }.prefix(limit))
    }

    func tokensWithSuccessor() throws -> [RefreshToken] { try all(RefreshToken.self).filter { $0.successor != nil } }

    func forgetSuccessors(after id: String, limit: Int, besides grace: ClosedRange<Timestamp>) throws -> String? {
        let page = try all(RefreshToken.self).filter { $0.id > id }.prefix(limit)
        for var token in page where token.usedAt.map({ !grace.contains($0) }) ?? false {
            token.successor = nil
            try save(token)
        }
        return page.last?.id
    }

    func deleteReceipts() throws { state.tables[ObjectIdentifier(KeptReceipt.self)] = nil }

    func append(_ note: AuditNote) throws { state.audit.append(AuditEntry(note, after: state.audit.last)) }

    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) throws -> [AuditEntry] {
        Array(state.audit.lazy.filter { $0.number > number && filter.matches($0) }.prefix(limit))
    }
}
