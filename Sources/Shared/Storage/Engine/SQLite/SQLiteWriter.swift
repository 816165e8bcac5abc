// SQLite's writing connection: one transaction at a time, a savepoint for each closure in it.

import Bus
import SQLite

final class SQLiteWriter: SQLiteSession, WriterConnection {
    private static let beginImmediate: SQL = "BEGIN IMMEDIATE"
    private static let commit: SQL = "COMMIT"
    private static let rollback: SQL = "ROLLBACK"
    private static let savepoint: SQL = "SAVEPOINT closure"
    private static let release: SQL = "RELEASE closure"
    private static let undo: SQL = "ROLLBACK TO closure"
    private static let full: SQL = "PRAGMA synchronous = FULL"
    private static let normal: SQL = "PRAGMA synchronous = NORMAL"
    private static let version: SQL = "PRAGMA data_version"

    private let events: EventDraft
    /// SQLite's count of what other connections have committed.
    private var seenVersion: Int64?

    private let checkpointer: Checkpointer?
    /// What commits wait for now, as `SQLiteFile` left it.
    private var durability = Durability.onDisk

    override var draft: EventDraft? { events }

    init(_ connection: Connection, _ checkpointer: Checkpointer?, _ limits: StoreLimits) {
        (self.checkpointer, events) = (checkpointer, EventDraft(limits))
        super.init(connection)
    }

    var isInTransaction: Bool { connection.isInTransaction }

    func transact(_ durability: Durability, _ body: () throws -> Void) throws -> [Event] {
        do {
            try wait(for: durability)
            try begin()
            try body()
            let events = try commit()
            tendLog()
            return events
        } catch {
            rollBack()
            throw error
        }
    }

    /// Without FULL the log is brought to disk before it is copied into the file, so what a failing machine loses is its end. A commit that waits brings
    /// all before it to disk as well.
    private func wait(for durability: Durability) throws {
        guard durability != self.durability else { return }
        try run(durability == .onDisk ? Self.full : Self.normal)
        self.durability = durability
    }

    private func begin() throws {
        try run(Self.beginImmediate)
        // Another process may have written: then what is remembered of the heads is of the past.
        let version = try row(Self.version) { $0.integer(0) }
        if version != seenVersion {
            try events.load(in: self)
            seenVersion = version
        }
    }

    private func commit() throws -> [Event] {
        try events.settle(in: self)
        try run(Self.commit)
        return events.take()
    }

    /// After a commit.
    private func tendLog() {
        checkpointer?.look(at: connection.logPages)
        // The log begins anew only once it has been copied to its end, which others do not reach while we write.
        if connection.logPages >= Checkpointer.tooMany { try? connection.checkpoint() }
    }

    private func rollBack() {
        if isInTransaction { _ = try? run(Self.rollback) }
        events.drop()
    }

    override func attempt<Value>(_ body: () throws -> Value) throws -> Value {
        try run(Self.savepoint)
        let mark = events.begin()
        do {
            let value = try body()
            try run(Self.release)
            events.end()
            return value
        } catch {
            events.roll(back: mark)
            // On some errors SQLite has undone everything by itself.
            if isInTransaction {
                try run(Self.undo)
                try run(Self.release)
            }
            throw error
        }
    }
}

extension SQLiteWriter: MigratingConnection {
    var migrationTable: String { "grdb_migrations" }

    func beginMigration() throws { try run(Self.beginImmediate) }
    func endMigration() throws { try run(Self.commit) }
    func undoMigration() { rollBack() }
}
