// Brings a store's tables up to date: what is missing, in order, all of it in one transaction, so that a store is never half new.
//
// The names of what has run stand in `grdb_migrations`, the table that GRDB once kept them in, so that older files go on. It refuses a store
// that a newer version has written: what that one knows, this one would break.

import Bus

struct Migrator {
    private static let make: SQL = "CREATE TABLE IF NOT EXISTS grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)"
    private static let known: SQL = "SELECT identifier FROM grdb_migrations"
    private static let note: SQL = "INSERT INTO grdb_migrations (identifier) VALUES ($1)"

    private let migrations: [Migration]

    /// The service's own after those that every store has.
    init(_ migrations: [Migration]) {
        self.migrations = Topics.migrations + IdempotencyLedger.migrations + ParkedEvents.migrations + migrations
    }

    /// - Throws: `Failure` with `unavailable` for a store of a newer version.
    func run(on writer: SQLiteWriter) throws {
        try writer.run("BEGIN IMMEDIATE", [])
        do {
            try writer.run(Self.make)
            let done = Set(try writer.rows(Self.known) { $0.text(0) })
            guard done.isSubset(of: migrations.map(\.name)) else {
                throw Failure(
                    .unavailable,
                    "The database was written by a newer version: run that, or restore a backup."
                )
            }
            for migration in migrations where !done.contains(migration.name) {
                try writer.script(migration.ddl.sqlite)
                try writer.run(Self.note, [.text(migration.name)])
            }
            try writer.run("COMMIT", [])
        } catch {
            writer.rollBack()
            throw error
        }
    }
}
