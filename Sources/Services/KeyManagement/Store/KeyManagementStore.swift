// Where the service keeps everything: records by id, and a log that only grows. SQLite in earnest, a dictionary in unit tests.
//
//     write { tables in … }   one at a time, all or nothing; SQLite: BEGIN IMMEDIATE … COMMIT, on disk when it returns
//     read  { tables in … }   a snapshot of the last commit
//
// Every rule that must not race (an attempt claimed, a refresh token spent, the last admin counted) is a function on `Tables` that
// runs inside one `write`: what it has read cannot change before what it writes is committed.

package import Audit
package import Storage

package protocol KeyManagementStore: Sendable {
    /// - Throws: What `body` throws, with nothing changed; `Failure` where the store cannot be used.
    func write<Value: Sendable>(_ body: @escaping @Sendable (any Tables) throws -> Value) async throws -> Value
    func read<Value: Sendable>(_ body: @escaping @Sendable (any Tables) throws -> Value) async throws -> Value
    /// Waits for the writes in hand; what comes later fails as `unavailable`.
    func close() async
    /// Which connection writes (`DurableStore.life`).
    var life: UInt64 { get }
}

extension KeyManagementStore {
    package func close() async {}
    package var life: UInt64 { 0 }
}

/// A value that is kept as a row, with a text for its key. What stands in which column: `RecordRows`.
package protocol StoredRecord: Sendable, Equatable {
    var id: String { get }
    /// The record that this one belongs to, for records that are looked for by it.
    var owner: String? { get }

    /// Also part of what seals are bound to: it never changes.
    static var table: String { get }
    static var statements: RecordStatements { get }
    var values: [SQLValue] { get }
    init(row: any Row) throws
}

/// A record that nobody will ask for again after some time.
package protocol ExpiringRecord: StoredRecord {
    /// `nil` for records that are kept.
    var expiresAt: Timestamp? { get set }
}

extension ExpiringRecord {
    /// Whether it still counts. One that does not may be there all the same, until a sweep comes to it.
    package func isKept(at now: Timestamp) -> Bool { expiresAt.map { $0 > now } ?? true }
}

extension StoredRecord {
    package var owner: String? { nil }
}

extension Tables {
    /// Nothing: for tables that are at hand.
    package func prefetch<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws {}
}

/// What one transaction sees. Not to be kept after it.
package protocol Tables {
    func find<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws -> Record?
    /// Says that `find` will be asked for this in a moment, so that several can be asked for at once.
    func prefetch<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws
    /// Sorted by id.
    func all<Record: StoredRecord>(_ type: Record.Type) throws -> [Record]
    func all<Record: StoredRecord>(_ type: Record.Type, of owner: String) throws -> [Record]
    /// Inserts the record, or replaces the one with its id.
    func save<Record: StoredRecord>(_ record: Record) throws
    func delete<Record: StoredRecord>(_ type: Record.Type, _ id: String) throws
    /// Deletes what has expired. What would last longer than `longest` from now was written while the clock was ahead, or under another
    /// configuration: it lasts that long and no longer. A portion of either at a time (`RecordStatements.portion`): what is left for the next
    /// sweep is still there, so whoever reads asks `isKept`.
    func sweep<Record: ExpiringRecord>(_ type: Record.Type, at now: Timestamp, longest: Duration) throws

    /// Ends what goes on of a user's sessions, all but `kept`, in one statement, and says which those were.
    func endSessions(of username: String, except kept: String?, _ why: Session.End) throws -> [String]
    /// Ends every session that goes on, in one statement, and says how many those were.
    func endAllSessions(_ why: Session.End) throws -> Int

    /// The accounts after this name that are not deleted, sorted by name.
    func accounts(after name: String, limit: Int) throws -> [Account]

    /// The refresh tokens that have their successor with them.
    func tokensWithSuccessor() throws -> [RefreshToken]
    /// Takes the successors from those of the next `limit` tokens after `id` that were not used within `grace`.
    ///
    /// - Returns: The last of those tokens; nil where there is none left.
    func forgetSuccessors(after id: String, limit: Int, besides grace: ClosedRange<Timestamp>) throws -> String?
    func deleteReceipts() throws

    /// Puts a note on record. There is no way to change an entry or to take one out.
    func append(_ note: AuditNote) throws
    /// Oldest first.
    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) throws -> [AuditEntry]
}
