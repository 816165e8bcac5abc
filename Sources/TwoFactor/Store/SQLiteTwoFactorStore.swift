// Accounts in SQLite: one transaction reads an account, applies the rule, and writes the parts that changed.
//
// The transaction is BEGIN IMMEDIATE (`Storage.GroupCommit`), so read, rule and write are one step for every thread and process. Apart
// from the rules the schema refuses a second use of a step by itself: `used_step` has it as its key.

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

    package func update<Value: Sendable>(
        _ user: AccountName,
        _ body: @escaping @Sendable (inout Account) throws -> Value
    ) async throws -> Value {
        try await database.write { db in
            let before = try Account(of: user, in: db)
            var account = before
            let value = try body(&account)
            if account != before { try account.save(of: user, replacing: before, in: db) }
            return value
        }
    }

    package func close() async throws { try await database.close() }
}
