// What the group commit needs of an engine's writing connection. Its thread is the only one that uses it.

import Bus

protocol WriterConnection: Transaction {
    /// Runs `body` in a transaction and makes it as durable as is asked for, or more. An engine that does not hear what became of it may run
    /// `body` again: then the last run is the one that counts.
    ///
    /// - Returns: The events that are committed now.
    /// - Throws: What `body` and the engine throw: nothing is changed then, unless a `StoreError` leaves its outcome open.
    func transact(_ durability: Durability, _ body: () throws -> Void) throws -> [Event]
    /// False where the engine has ended the transaction by itself.
    var isInTransaction: Bool { get }
}

/// What the migrator needs of it: one transaction around all that it does.
protocol MigratingConnection: Transaction {
    /// Where the names of what has run are kept.
    var migrationTable: String { get }
    func beginMigration() throws
    func script(_ ddl: DDL) throws
    func endMigration() throws
    func undoMigration()
}
