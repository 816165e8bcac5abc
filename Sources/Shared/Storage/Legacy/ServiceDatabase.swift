// A service's database: one SQLite file, one writer, readers beside it, an outbox inside.
//
//     write { db in … } ──> queue ──> BEGIN IMMEDIATE · SAVEPOINT a · SAVEPOINT b · … · COMMIT (fsync) ──> observers ──> answers
//     read  { db in … } ──> a reader of the pool, a snapshot of its own
//
// An answered write is on disk (`synchronous=FULL`). Nothing here blocks the caller's executor: both functions hop to queues of their
// own. It refuses to open a file that a newer version of the service has written.

import Bus
package import GRDB

package final class ServiceDatabase: Sendable {
    private let writer: any DatabaseWriter
    private let commits: GRDBGroupCommit

    /// Opens the database, makes it if it is not there, and brings its tables up to date. Blocks: call it before serving.
    ///
    /// - Parameters:
    ///   - location: Where the data lies, and its limits.
    ///   - migrations: The service's tables, by GRDB's migrator.
    /// - Throws: `Failure` with `unavailable` where the file cannot be used.
    package init(
        _ location: DatabaseLocation,
        migrations: (inout DatabaseMigrator) -> Void = { _ in }
    ) throws {
        do {
            try location.prepare()
            writer = try Self.open(location)
            try Self.migrate(writer, migrations)
        } catch {
            throw StoreFailure.translate(error)
        }
        commits = GRDBGroupCommit(writer: writer, location.limits)
    }

    /// Runs `body` in a transaction shared with the writes that wait beside it; returns when it is on disk.
    ///
    /// Where `body` throws, its own changes and events are undone and its neighbours' are not. `CallContext.current` is that of the caller.
    ///
    /// Once begun it is not given up: its caller hears the outcome, also after the deadline.
    ///
    /// - Throws: What `body` throws; `Failure` with `overloaded`, `unavailable` (disk full, locked, read-only: nothing is changed),
    ///   `deadline_exceeded` or `cancelled` (it was never started).
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await commits.submit(body)
    }

    /// Runs `body` on a snapshot of the last commit.
    package func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await writer.read(body)
        } catch {
            throw StoreFailure.translate(error)
        }
    }

    /// How writes have been grouped so far.
    package var statistics: WriteStatistics { commits.statistics }

    /// Waits for the writes in hand, then closes the file. What comes later fails as `unavailable`.
    package func close() async throws {
        await commits.drain()
        try writer.close()
    }
}

extension ServiceDatabase {
    private static func open(_ location: DatabaseLocation) throws -> any DatabaseWriter {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(location.limits.lockTimeout / .seconds(1))
        guard case .file(let path) = location.place else { return try DatabaseQueue(configuration: configuration) }
        let pool = try DatabasePool(path: path, configuration: configuration)
        // After the pool is there: it sets `synchronous=NORMAL` on its writer when it turns WAL on.
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864")
        }
        return pool
    }

    private static func migrate(_ writer: any DatabaseWriter, _ migrations: (inout DatabaseMigrator) -> Void) throws {
        var migrator = DatabaseMigrator()
        for migration in Topics.migrations + IdempotencyLedger.migrations + ParkedEvents.migrations {
            migrator.registerMigration(migration.name) { db in try db.execute(sql: migration.sqlite) }
        }
        migrations(&migrator)
        if try writer.read(migrator.hasBeenSuperseded) {
            throw Failure(.unavailable, "The database was written by a newer version: run that, or restore a backup.")
        }
        try migrator.migrate(writer)
    }
}
