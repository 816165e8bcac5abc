// Accounts in a durable store: one transaction reads an account, applies the rule, writes the parts that changed, and puts on
// record what happened.
//
// The store's one writer runs transactions one after another, so read, rule and write are one step for everybody. Apart from the
// rules the schema refuses a second use of a step by itself: `used_step` has it as its key.

package import Audit
internal import Foundation
package import Secrets
package import Storage

package struct DatabaseTwoFactorStore: TwoFactorStore {
    private let database: DurableStore

    /// The tables, step by step.
    package static let migrations = TwoFactorTables.migrations

    /// Opens the database and brings its tables up to date. Blocks: call it before serving.
    package init(_ location: DatabaseLocation) throws {
        database = try DurableStore(location, migrations: Self.migrations)
    }

    package func account(of user: AccountName) async throws -> Account {
        try await database.read { transaction in try Account(of: user, in: transaction) }
    }

    package func record<Value: Sendable>(
        _ user: AccountName,
        _ body: @escaping @Sendable (inout Account, inout Entries) throws -> Value
    ) async throws -> Value {
        try await database.write { transaction in
            let before = try Account(of: user, in: transaction)
            var (account, entries) = (before, Entries())
            let value = try body(&account, &entries)
            if account != before { try account.save(of: user, replacing: before, in: transaction) }
            for note in entries.notes { try AuditTable.append(note, in: transaction) }
            try entries.receipt?.save(in: transaction)
            return value
        }
    }

    package func receipt(_ ids: [String], since oldest: Int64) async throws -> Receipt? {
        try await database.read { transaction in
            for id in ids {
                if let receipt = try Receipt.find(id, since: oldest, in: transaction) { return receipt }
            }
            return nil
        }
    }

    package func forgetReceipts(before time: Int64, now: Int64) async throws {
        try await database.write { transaction in
            try transaction.later(Receipt.forget, [.integer(time)])
            try transaction.later(Receipt.bringForward, [.integer(now)])
        }
    }

    package func signOuts() async throws -> [AccountName] {
        try await database.read { transaction in
            try transaction.rows("SELECT username FROM sign_out ORDER BY username") { AccountName($0.text(0)) }
        }
    }

    package func longestLease() async throws -> Int {
        try await database.read { try Self.longestLease(in: $0) }
    }

    package func record(longestLease: Int) async throws {
        try await database.write { transaction in
            try transaction.later("DELETE FROM lease", [])
            try transaction.later("INSERT INTO lease (milliseconds) VALUES ($1)", [.int(longestLease)])
        }
    }

    /// A commit, and the longest lease as of it, in milliseconds.
    package func vouch() async throws -> Int {
        try await database.write { try Self.longestLease(in: $0) }
    }

    /// Which connection writes.
    package var life: UInt64 { database.life }

    private static func longestLease(in transaction: any Transaction) throws -> Int {
        try transaction.row("SELECT milliseconds FROM lease", []) { $0.int(0) } ?? 0
    }

    package func claimDelivery(to address: String, _ policy: DeliveryPolicy, now: Int64) async throws -> Int64? {
        try await database.write { transaction in
            var budget = try DeliveryBudget(ofAddress: address, in: transaction)
            if let wait = budget.claim(policy, now: now) { return wait }
            try budget.save(ofAddress: address, in: transaction)
            return nil
        }
    }

    package func rewrap(
        _ seal: @escaping @Sendable (AccountName, Authenticator) throws -> [UInt8]?,
        under record: KeyringRecord,
        noting note: AuditNote
    ) async throws -> Int {
        try await database.write { transaction in
            try transaction.later("DELETE FROM receipt", [])
            var count = 0
            for (user, authenticator) in try Authenticator.all(in: transaction) {
                guard let sealed = try seal(user, authenticator) else { continue }
                try transaction.later(
                    "UPDATE authenticator SET secret = $1 WHERE id = $2",
                    [.bytes(sealed), .text(authenticator.id)]
                )
                count += 1
            }
            try record.save(in: transaction)
            try AuditTable.append(note, in: transaction)
            return count
        }
    }

    package func keyringRecord() async throws -> KeyringRecord {
        try await database.read { try KeyringRecord(in: $0) }
    }

    package func changeKeyringRecord(
        _ body: @escaping @Sendable (KeyringRecord) throws -> KeyringRecord
    ) async throws {
        try await database.write { transaction in
            try body(KeyringRecord(in: transaction)).save(in: transaction)
        }
    }

    package func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) async throws -> [AuditEntry] {
        try await database.read { transaction in
            try AuditTable.entries(after: number, limit: limit, filter, in: transaction)
        }
    }

    package func close() async { await database.close() }
}

extension KeyringRecord {
    fileprivate init(in transaction: any Transaction) throws {
        let rows = try transaction.rows("SELECT id, fingerprint FROM master_key") {
            (id: UInt32(truncatingIfNeeded: $0.integer(0)), fingerprint: $0.text(1))
        }
        self.init(Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0.fingerprint) }))
    }

    /// In place of what stood there.
    fileprivate func save(in transaction: any Transaction) throws {
        guard try KeyringRecord(in: transaction) != self else { return }
        try transaction.later("DELETE FROM master_key", [])
        for (id, fingerprint) in fingerprints {
            try transaction.later(
                "INSERT INTO master_key (id, fingerprint) VALUES ($1, $2)",
                [.integer(Int64(id)), .text(fingerprint)]
            )
        }
    }
}

extension Receipt {
    fileprivate static let forget = SQL(
        "DELETE FROM receipt WHERE id IN (SELECT id FROM receipt WHERE kept_at < $1 ORDER BY kept_at LIMIT \(portion))"
    )
    fileprivate static let bringForward = SQL(
        """
        UPDATE receipt SET kept_at = $1
        WHERE id IN (SELECT id FROM receipt WHERE kept_at > $1 ORDER BY kept_at DESC LIMIT \(portion))
        """
    )
    private static let find: SQL = "SELECT id, sealed, kept_at FROM receipt WHERE id = $1 AND kept_at >= $2"
    /// What has the id may be too old to count.
    private static let insert: SQL = """
        INSERT INTO receipt (id, sealed, kept_at) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, kept_at = excluded.kept_at WHERE receipt.kept_at < $4
        """

    fileprivate static func find(_ id: String, since oldest: Int64, in transaction: any Transaction) throws -> Receipt?
    {
        try transaction.row(find, [.text(id), .integer(oldest)]) {
            Receipt(id: $0.text(0), sealed: Data($0.bytes(1)), keptAt: $0.integer(2))
        }
    }

    fileprivate func save(in transaction: any Transaction) throws {
        let values: [SQLValue] = [
            .text(id), .bytes([UInt8](sealed)), .integer(keptAt), .integer(Self.oldest(at: keptAt)),
        ]
        guard try transaction.run(Self.insert, values) == 1 else { throw Taken() }
    }
}
