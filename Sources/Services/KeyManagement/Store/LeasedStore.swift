// A store whose writes return when nobody holds a verdict any more that they have made untrue.
//
//     write  begin (inside the transaction) ──> commit ──> publish ──> every gateway has heard of it, or may not use what it holds
//            where other replicas write to the database too, with a row that says so until then
//     read   as below
//
// It is the one place where that is seen to, so no operation can forget it. The waiting is behind the commit, and holds no other write up.

import Audit
import Leases
import Synchronization

struct LeasedStore: KeyManagementStore {
    let store: any KeyManagementStore
    let leases: Leases

    func write<Value: Sendable>(_ body: @escaping @Sendable (any Tables) throws -> Value) async throws -> Value {
        let takings = Takings()
        let ticket = Mutex<LeaseKeeper.Ticket?>(nil)
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await store.write { tables in
                    takings.begin()
                    let value = try body(JudgedTables(tables: tables, takings: takings))
                    // A store may run a body more than once.
                    if takings.isAny {
                        let begun = ticket.withLock { ticket in
                            let begun = ticket ?? leases.begin()
                            ticket = begun
                            return begun
                        }
                        if let row = leases.row(of: begun) { try tables.save(RevocationRow(row)) }
                    }
                    return value
                }
            )
        } catch { result = .failure(error) }
        if let ticket = ticket.withLock({ $0 }) {
            // Also where it failed: what became of it may not be known.
            leases.publish(ticket, takings.grounds)
            try await leases.settled(ticket)
        }
        return try result.get()
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any Tables) throws -> Value) async throws -> Value {
        try await store.read(body)
    }

    func close() async { await store.close() }

    var life: UInt64 { store.life }
}

/// The tables of the store below; what a body sees and does there is noted.
private struct JudgedTables: Tables {
    let tables: any Tables
    let takings: Takings

    func find<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws -> Record? {
        let record = try tables.find(type, id)
        takings.saw(record, id)
        return record
    }

    func prefetch<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws { try tables.prefetch(type, id) }

    func all<Record: StoredRecord>(_ type: Record.Type) throws -> [Record] { seen(try tables.all(type)) }

    func all<Record: StoredRecord>(_ type: Record.Type, of owner: String) throws -> [Record] {
        seen(try tables.all(type, of: owner))
    }

    private func seen<Record: StoredRecord>(_ records: [Record]) -> [Record] {
        for record in records { takings.saw(record, record.id) }
        return records
    }

    func save<Record: StoredRecord>(_ record: Record) throws {
        takings.saved(record)
        try tables.save(record)
    }

    func delete<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws {
        takings.deleted(type, id)
        try tables.delete(type, id)
    }

    /// What has ended by itself ends in every verdict too.
    func sweep<Record: ExpiringRecord>(_ type: Record.Type, at now: Timestamp, longest: Duration) throws {
        try tables.sweep(type, at: now, longest: longest)
    }

    func endSessions(of username: String, except kept: String?, _ why: Session.End) throws -> [String] {
        let ended = try tables.endSessions(of: username, except: kept, why)
        takings.ended(ended, of: username)
        return ended
    }

    func endAllSessions(_ why: Session.End) throws -> Int {
        let count = try tables.endAllSessions(why)
        if count > 0 { takings.takeAll() }
        return count
    }

    func accounts(after name: String, limit: Int) throws -> [Account] {
        seen(try tables.accounts(after: name, limit: limit))
    }

    // On refresh tokens and receipts no verdict rests.

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
