// A store that answers from memory what it was asked a moment ago: whether a session lives, an account is active, a key is good. Every request
// at every gateway asks that.
//
//     read   from memory, where every record that the body looks for is there ──> no disk, no other thread, no waiting
//            else from the store below; the records that were found are kept
//     write  through the store below; the records that it touched are forgotten before it returns
//
// So when a change is answered, nothing older than it is in memory. A read that began before the change may come to its end after it: what it
// found is kept only if nothing was forgotten since it began. Only found records are kept, and only those that are looked for by name.
//
// It takes for granted that nobody else writes to the store below (one process has it: `ServiceLock`), and that a write below returns only
// when its transaction is over, one way or the other.

import Audit

package final class RememberingStore: KeyManagementStore {
    private let store: any KeyManagementStore
    private let memory: RecordMemory

    /// A store over `store`, with at most `limit` bytes of records in memory; 0 keeps none.
    package init(_ store: any KeyManagementStore, limit: Int) {
        self.store = store
        memory = RecordMemory(limit: limit)
    }

    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Tables) throws -> Value
    ) async throws -> Value {
        let touched = RecordList()
        // Also where it throws: what became of it may not be known.
        defer { memory.forget(touched.changes) }
        return try await store.write { try body(WatchedTables(tables: $0, touched: touched)) }
    }

    package func close() async { await store.close() }

    package var life: UInt64 { store.life }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Tables) throws -> Value
    ) async throws -> Value {
        do { return try body(RememberedTables(memory: memory)) } catch is NotRemembered {}
        let (moment, found) = (memory.moment, RecordList())
        let value = try await store.read { try body(WatchedTables(tables: $0, found: found)) }
        memory.keep(found.found, asOf: moment)
        return value
    }
}

/// What is in memory as far as it goes; then `NotRemembered`.
private struct RememberedTables: Tables {
    let memory: RecordMemory

    func find<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws -> Record? {
        guard let record = memory.record(type, id) else { throw NotRemembered() }
        return record
    }

    func all<Record: StoredRecord>(_ type: Record.Type) throws -> [Record] { throw NotRemembered() }
    func all<Record: StoredRecord>(_ type: Record.Type, of owner: String) throws -> [Record] { throw NotRemembered() }
    func save<Record: StoredRecord>(_ record: Record) throws { throw NotRemembered() }
    func delete<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws { throw NotRemembered() }
    func sweep<Record: ExpiringRecord>(_ type: Record.Type, at now: Timestamp, longest: Duration) throws {
        throw NotRemembered()
    }

    func endSessions(of username: String, except kept: String?, _ why: Session.End) throws -> [String] {
        throw NotRemembered()
    }

    func endAllSessions(_ why: Session.End) throws -> Int { throw NotRemembered() }
    func accounts(after name: String, limit: Int) throws -> [Account] { throw NotRemembered() }
    func tokensWithSuccessor() throws -> [RefreshToken] { throw NotRemembered() }
    func forgetSuccessors(after id: String, limit: Int, besides grace: ClosedRange<Timestamp>) throws -> String? {
        throw NotRemembered()
    }

    func deleteReceipts() throws { throw NotRemembered() }
    func append(_ note: AuditNote) throws { throw NotRemembered() }
    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) throws -> [AuditEntry] {
        throw NotRemembered()
    }
}

private struct NotRemembered: Error {}

/// The tables of the store below, and a list of what a body does with them.
private struct WatchedTables: Tables {
    let tables: any Tables
    var touched: RecordList?
    var found: RecordList?

    func find<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws -> Record? {
        let record = try tables.find(type, id)
        if let record { found?.add(record) }
        return record
    }

    func prefetch<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws { try tables.prefetch(type, id) }

    func all<Record: StoredRecord>(_ type: Record.Type) throws -> [Record] { try tables.all(type) }

    func all<Record: StoredRecord>(_ type: Record.Type, of owner: String) throws -> [Record] {
        try tables.all(type, of: owner)
    }

    func save<Record: StoredRecord>(_ record: Record) throws {
        touched?.add(.touched(RecordMemory.Key(Record.self, record.id)))
        try tables.save(record)
    }

    func delete<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws {
        touched?.add(.touched(RecordMemory.Key(type, id)))
        try tables.delete(type, id)
    }

    func sweep<Record: ExpiringRecord>(_ type: Record.Type, at now: Timestamp, longest: Duration) throws {
        touched?.add(.swept(ObjectIdentifier(type), after: now, until: now + longest))
        try tables.sweep(type, at: now, longest: longest)
    }

    func endSessions(of username: String, except kept: String?, _ why: Session.End) throws -> [String] {
        let ended = try tables.endSessions(of: username, except: kept, why)
        for id in ended { touched?.add(.touched(RecordMemory.Key(Session.self, id))) }
        return ended
    }

    func endAllSessions(_ why: Session.End) throws -> Int {
        touched?.add(.everything)
        return try tables.endAllSessions(why)
    }

    func accounts(after name: String, limit: Int) throws -> [Account] {
        try tables.accounts(after: name, limit: limit)
    }

    // Refresh tokens and receipts are not in memory.

    func tokensWithSuccessor() throws -> [RefreshToken] { try tables.tokensWithSuccessor() }

    func forgetSuccessors(after id: String, limit: Int, besides grace: ClosedRange<Timestamp>) throws -> String? {
        try tables.forgetSuccessors(after: id, limit: limit, besides: grace)
    }

    func deleteReceipts() throws { try tables.deleteReceipts() }

    func append(_ note: AuditNote) throws { try tables.append(note) }

    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) throws -> [AuditEntry] {
        try tables.auditEntries(after: number, limit: limit, filter)
    }
}
