// Brings a store's tables up to date: what is missing, in order, all of it in one transaction, so that a store is never half new. Then the topics.
//
// The names of what has run stand in a table; in SQLite's files in `grdb_migrations`, where GRDB once kept them, so that older files go on. It
// refuses a store that a newer version has written, unless that one has only made it larger: what else it knows, this one would break.

import Bus

struct Migrator {
    private let migrations: [Migration]
    private let topics: [String]

    /// The service's own after those that every store has.
    init(_ migrations: [Migration], _ topics: [String]) {
        self.migrations = Topics.migrations + IdempotencyLedger.migrations + ParkedEvents.migrations + migrations
        self.topics = topics
    }

    /// - Throws: `Failure` with `unavailable` for a store of a newer version, `conflict` for one that a move has not finished.
    func run(on connection: some MigratingConnection) throws {
        try connection.beginMigration()
        do {
            try migrate(connection)
            for topic in topics { try Topics.declare(topic, in: connection) }
            try connection.endMigration()
        } catch {
            connection.undoMigration()
            throw error
        }
    }

    private func migrate(_ connection: some MigratingConnection) throws {
        let table = connection.migrationTable
        try connection.run(SQL("CREATE TABLE IF NOT EXISTS \(table) (identifier TEXT NOT NULL PRIMARY KEY)"))
        let done = Set(try connection.rows(SQL("SELECT identifier FROM \(table)")) { $0.text(0) })
        let known = migrations.map(\.name)
        guard known.contains(StoreMove.mark) || !done.contains(StoreMove.mark) else {
            throw Failure(
                .conflict,
                "The store is not whole: it is being filled. `fountain admin move-stores` goes on with it."
            )
        }
        guard done.subtracting(known).allSatisfy(Migration.expands) else {
            throw Failure(
                .unavailable,
                "The database was written by a newer version: run that, or restore a backup."
            )
        }
        let note = SQL("INSERT INTO \(table) (identifier) VALUES ($1)")
        for migration in migrations where !done.contains(migration.name) && migration.name != StoreMove.mark {
            try connection.script(migration.ddl)
            try connection.run(note, [.text(migration.name)])
        }
    }
}
