// Accounts in SQLite: one transaction reads an account, applies the rule, writes the parts that changed, and puts on record what happened.
//
// The transaction is BEGIN IMMEDIATE (`Storage.GroupCommit`), so read, rule and write are one step for every thread and process. Apart
// from the rules the schema refuses a second use of a step by itself: `used_step` has it as its key.

package import Audit
internal import Foundation
internal import GRDB
package import Storage

package struct SQLiteTwoFactorStore: TwoFactorStore {
    private let database: ServiceDatabase

    /// Opens the database and brings its tables up to date. Blocks: call it before serving.
    package init(_ location: DatabaseLocation) throws {
        database = try ServiceDatabase(location) { TwoFactorTables.migrations(&$0) }
    }

    package func account(of user: AccountName) async throws -> Account {
        try await database.read { db in try Account(of: user, in: db) }
    }

    package func record<Value: Sendable>(
        _ user: AccountName,
        _ body: @escaping @Sendable (inout Account, inout Entries) throws -> Value
    ) async throws -> Value {
        try await database.write { db in
            let before = try Account(of: user, in: db)
            var (account, entries) = (before, Entries())
            let value = try body(&account, &entries)
            if account != before { try account.save(of: user, replacing: before, in: db) }
            for note in entries.notes { try AuditTable.append(note, in: db) }
            try entries.receipt?.save(in: db)
            return value
        }
    }

    package func receipt(_ ids: [String]) async throws -> Receipt? {
        try await database.read { db in
            for id in ids {
                if let receipt = try Receipt.find(id, in: db) { return receipt }
            }
            return nil
        }
    }

    package func forgetReceipts(before time: Int64, now: Int64) async throws {
        try await database.write { db in
            try db.execute(sql: "DELETE FROM receipt WHERE kept_at < ?", arguments: [time])
            try db.execute(sql: "UPDATE receipt SET kept_at = ? WHERE kept_at > ?", arguments: [now, now])
        }
    }

    package func signOuts() async throws -> [AccountName] {
        try await database.read { db in
            try String.fetchAll(db, sql: "SELECT username FROM sign_out ORDER BY username").map { AccountName($0) }
        }
    }

    package func claimDelivery(to address: String, _ policy: DeliveryPolicy, now: Int64) async throws -> Int64? {
        try await database.write { db in
            var budget = try DeliveryBudget(ofAddress: address, in: db)
            if let wait = budget.claim(policy, now: now) { return wait }
            try budget.save(ofAddress: address, in: db)
            return nil
        }
    }

    package func rewrap(
        _ seal: @escaping @Sendable (AccountName, Authenticator) throws -> [UInt8]?,
        noting note: AuditNote
    ) async throws -> Int {
        try await database.write { db in
            try db.execute(sql: "DELETE FROM receipt")
            var count = 0
            for (user, authenticator) in try Authenticator.all(in: db) {
                guard let sealed = try seal(user, authenticator) else { continue }
                try db.execute(
                    sql: "UPDATE authenticator SET secret = ? WHERE id = ?",
                    arguments: [Data(sealed), authenticator.id]
                )
                count += 1
            }
            try AuditTable.append(note, in: db)
            return count
        }
    }

    package func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) async throws -> [AuditEntry] {
        try await database.read { db in try AuditTable.entries(after: number, limit: limit, filter, in: db) }
    }

    package func close() async throws { try await database.close() }
}

extension Receipt {
    fileprivate static func find(_ id: String, in db: Database) throws -> Receipt? {
        let sql = "SELECT id, sealed, kept_at FROM receipt WHERE id = ?"
        return try Row.fetchOne(db, sql: sql, arguments: [id]).map {
            Receipt(id: $0["id"], sealed: $0["sealed"], keptAt: $0["kept_at"])
        }
    }

    fileprivate func save(in db: Database) throws {
        guard try Receipt.find(id, in: db) == nil else { throw Taken() }
        try db.execute(
            sql: "INSERT INTO receipt (id, sealed, kept_at) VALUES (?, ?, ?)",
            arguments: [id, sealed, keptAt]
        )
    }
}
