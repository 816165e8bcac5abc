// PostgreSQL's writing connection: one transaction at a time, behind a lock that all who write to the schema share, so that the commits of all
// replicas are one after another as SQLite's are. What it knows of the store is read behind that lock, each time.
//
//     BEGIN · lock · batch id · heads ──> closure · closure · … ──> heads · COMMIT ──> its tag
//       ↑                                                                │
//       └── nobody answered, or it has to be done again: the same batch, under the same id
//
// Each batch writes a random id of its own. If the COMMIT is not answered the batch is sent again on another connection: either the id is there,
// then the first one went through, or it is written now, and then the first one never can. So an outcome is known as soon as a host answers at
// all.
//
// Each closure is judged by itself, and a batch in which all goes well does nothing for that. Where a closure throws after it has changed something
// the batch is done again with a savepoint for each; where a statement fails whose answer nobody waited for, again with each closure settled
// before the next, since then it is known whose it was.

import Bus
import Foundation
import PostgreSQL

final class PostgreSQLWriter: PostgreSQLSession, WriterConnection {
    private static let begin: SQL = "BEGIN"
    private static let lock: SQL = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema(), 0))"
    private static let mark: SQL = """
        INSERT INTO batch (id, at) VALUES ($1, CAST(extract(epoch FROM clock_timestamp()) AS BIGINT))
        ON CONFLICT (id) DO NOTHING
        """
    private static let find: SQL = "SELECT 1 FROM batch WHERE id = $1"
    /// Nobody asks for a batch of an hour ago. More go at once than are written between two sweeps, and not all that lie there after a pause.
    private static let sweep: SQL = """
        DELETE FROM batch WHERE id IN (
            SELECT id FROM batch WHERE at < CAST(extract(epoch FROM clock_timestamp()) AS BIGINT) - 3600 LIMIT 100000
        )
        """
    private static let renew: SQL = "UPDATE topic SET epoch = $2 WHERE name = $1"
    private static let commit: SQL = "COMMIT"
    private static let rollback: SQL = "ROLLBACK"
    private static let sweepingInterval = Duration.seconds(60)
    /// So long an id is surely kept, whatever the clocks do.
    private static let kept = Duration.seconds(1800)

    private let source: PostgreSQLSource
    private let isAlone: Bool
    private let life: WriterLife
    private let events: EventDraft
    private var swept: ContinuousClock.Instant?
    /// The last batch that was announced: where its id is gone, so is what was announced.
    private var lastCommit: (id: [UInt8], at: ContinuousClock.Instant)?
    /// Of the newest host that was sent a COMMIT. An older one would take writes that are lost when it notices what has become of it.
    private var committedOn: Int64 = 0
    /// The connection is another one than that of the last batch.
    private var mustLook = false
    private enum Care: Comparable { case none, savepoints, settling }

    /// Of the closures in hand, whether each has changed something, and so, with care, has its savepoint.
    private var changed: [Bool] = []
    private var lastClosure = 0
    private var care = Care.none

    override var draft: EventDraft? { events }
    /// Inside its transaction: who stands still there with the lock is ended by `idle_in_transaction_session_timeout`, to which a pipeline without a
    /// sync is not held.
    override var settlesInSync: Bool { true }

    var isInTransaction: Bool { trouble == nil }

    /// Connects. `isAlone`: no other process may have the schema open.
    ///
    /// - Throws: `StoreError`.
    init(_ source: PostgreSQLSource, isAlone: Bool, _ life: WriterLife) throws {
        (self.source, self.isAlone, self.life) = (source, isAlone, life)
        events = EventDraft(source.limits, gathers: true)
        // A wait for a lock is the server's to end.
        super.init(patience: max(source.limits.commitTimeout, source.limits.lockTimeout + .seconds(1)))
        try connect()
    }

    private func connect() throws {
        do throws(PostgreSQLError) {
            let connection = try source.connect(writing: true, since: committedOn)
            try source.claim(alone: isAlone, on: connection)
            life.begin(timeline: connection.timeline)
            use(connection)
            mustLook = lastCommit != nil
        } catch {
            drop(error)
            throw StoreError(error)
        }
    }

    // MARK: Closures

    override func attempt<Value>(_ body: () throws -> Value) throws -> Value {
        // What an outer closure has queued is its own.
        if !changed.isEmpty { _ = try settle() }
        let (mark, outer) = (events.begin(), closure)
        lastClosure += 1
        closure = lastClosure
        changed.append(false)
        defer {
            changed.removeLast()
            closure = outer
        }
        do {
            if care == .settling { try willChange() }
            let value = try body()
            if care == .settling { _ = try settle() }
            if changed.last == true, care != .none { try queue(Savepoint.release[changed.count - 1], []) }
            events.end()
            return value
        } catch {
            events.roll(back: mark)
            try undo(after: error)
            throw error
        }
    }

    override func willChange() throws {
        for (index, isNoted) in changed.enumerated() where !isNoted {
            changed[index] = true
            if care != .none { try queue(Savepoint.set[index], []) }
        }
    }

    private func undo(after error: any Error) throws {
        guard trouble == nil else { return }
        guard changed.last == true else {
            // A look that failed ends the transaction where there is nothing to go back to.
            if let error = error as? StoreError { note(.elsewhere(PostgreSQLError(.aborted, error.message))) }
            return
        }
        guard care != .none else { return note(.undoing) }
        // What it had queued may fail as well, now; and what others had queued before it.
        _ = try? settle()
        guard trouble == nil else { return }
        try queue(Savepoint.undo[changed.count - 1], [])
        try queue(Savepoint.release[changed.count - 1], [])
    }

    // MARK: Transactions

    func transact(_ durability: Durability, _ body: () throws -> Void) throws -> [Event] {
        var attempts = BatchAttempts(source.limits, from: .now)
        care = .none
        while true {
            do {
                guard try begin(&attempts) else { return try settled(attempts) }
                try body()
                return try commit(&attempts)
            } catch {
                try prepare(again: &attempts, after: error)
            }
        }
    }

    private func settled(_ attempts: BatchAttempts) throws -> [Event] {
        let done = try attempts.settled()
        events.noteAnnounced(done)
        (lastCommit, mustLook) = ((attempts.id, .now), false)
        return done
    }

    /// False where the batch has been committed before.
    private func begin(_ attempts: inout BatchAttempts) throws -> Bool {
        attempts.starts()
        if !isConnected { try connect() }
        forgetTrouble()
        try queue(Self.begin, [])
        try queue(Self.lock, [])
        try queue(Self.mark, [.bytes(attempts.id)])
        if attempts.mayBeDone, try settle()?.changes == 0 {
            // What is there is as durable as what is committed after it.
            try queue(Self.mark, [.bytes(BatchAttempts.newID())])
            try queueCommit()
            try finish()
            return false
        }
        let lost = try events.load(in: self)
        attempts.begins()
        for topic in try lost.union(lostBehindOthers()) { try renewEpoch(of: topic) }
        if swept.map({ $0 + Self.sweepingInterval < .now }) ?? true {
            try queue(Self.sweep, [])
            swept = .now
        }
        return true
    }

    /// Another replica may have written since, and hidden by that that the heads were once behind what we had announced: then the id of our last
    /// batch tells.
    private func lostBehindOthers() throws -> Set<String> {
        guard mustLook, let lastCommit else { return [] }
        let isThere = try lastCommit.at + Self.kept < .now || exists(Self.find, [.bytes(lastCommit.id)])
        return isThere ? [] : events.announcedTopics
    }

    /// The log is behind what was announced: a restore, or a host that had not everything. Its offsets mean something else from here on.
    private func renewEpoch(of topic: String) throws {
        let epoch = UInt64.random(in: 1...UInt64(Int64.max))
        try queue(Self.renew, [.text(topic), .bits(epoch)])
        events.renew(topic, epoch: epoch)
    }

    private func commit(_ attempts: inout BatchAttempts) throws -> [Event] {
        closure = 0
        try events.settle(in: self)
        try queueCommit()
        attempts.commits(events.events)
        try finish()
        // Before this, another epoch may have been rolled back.
        (lastCommit, mustLook) = ((attempts.id, .now), false)
        return events.take()
    }

    /// From here on it may be done there, whether anybody hears of it or not: an older host would know nothing of it, and do it again.
    private func queueCommit() throws {
        committedOn = max(committedOn, life.present.timeline)
        try queue(Self.commit, [])
    }

    /// Ends the pipeline with its COMMIT and hears what became of it.
    private func finish() throws {
        let warned = warnings
        try queueSync()
        let tag = try settle(within: source.limits.commitTimeout)?.tag
        // A COMMIT that a failed transaction answers is none; a warned one is not where it should be yet.
        guard tag == "COMMIT" else { throw StoreError(.brokenOff, "COMMIT was answered \(tag ?? "by nothing")") }
        if warnings > warned { drop(PostgreSQLError(.lost, "COMMIT came with a warning")) }
        guard isConnected else { throw StoreError(.unreachable, "COMMIT came with a warning") }
    }

    /// Takes the transaction back and sees to it that the next attempt can begin.
    ///
    /// - Throws: `error` where there is none.
    private func prepare(again attempts: inout BatchAttempts, after error: any Error) throws {
        events.drop()
        (changed, closure) = ([], 0)
        switch trouble {
        case .lost(let lost):
            attempts.loses(at: .now)
            guard attempts.waits(at: .now) else { throw attempts.verdict(StoreError(lost)) }
            Thread.sleep(forTimeInterval: BatchAttempts.pause / .seconds(1))
        case .again(let reason):
            rollBack()
            attempts.answered()
            guard attempts.tries(again: .now) else { throw StoreError(reason) }
        case .undoing:
            rollBack()
            care = max(care, .savepoints)
        case .elsewhere:
            rollBack()
            attempts.answered()
            guard care != .settling else { throw error }
            care = .settling
        case nil:
            rollBack()
            attempts.answered()
            let isLocked = (error as? StoreError)?.kind == .locked
            // A session that hangs with the lock may be of a host that has been replaced: whoever comes next looks which one takes writes.
            if isLocked { drop(PostgreSQLError(.lost, "the lock was not given")) }
            // Or the session of the attempt before has it, which the server has not given up yet.
            guard attempts.mayBeDone, isLocked, attempts.waits(at: .now) else {
                throw attempts.verdict(error)
            }
        }
    }

    private func rollBack() {
        do {
            try queue(Self.rollback, [])
            try queueSync()
            _ = try settle()
        } catch {
            drop(PostgreSQLError(.lost, "ROLLBACK was not answered"))
        }
    }
}

private enum Savepoint {
    /// Closures in closures; nobody nests that deep.
    private static let depth = 1...8
    static let set = depth.map { SQL("SAVEPOINT closure_\($0)") }
    static let release = depth.map { SQL("RELEASE SAVEPOINT closure_\($0)") }
    static let undo = depth.map { SQL("ROLLBACK TO SAVEPOINT closure_\($0)") }
}

extension PostgreSQLWriter: MigratingConnection {
    private static let migrationLock: SQL =
        "SELECT pg_advisory_xact_lock(hashtextextended(current_setting('search_path'), 2))"

    var migrationTable: String { "migration" }

    /// Replicas that begin at once take turns: `IF NOT EXISTS` alone is not safe against itself.
    func beginMigration() throws {
        try run(Self.begin, [])
        _ = try rows(Self.migrationLock) { _ in }
        try run(SQL("CREATE SCHEMA IF NOT EXISTS \"\(source.schema)\""), [])
        try run("CREATE TABLE IF NOT EXISTS batch (id BYTEA PRIMARY KEY, at BIGINT NOT NULL)", [])
    }

    func script(_ ddl: DDL) throws { try script(ddl.postgreSQL) }

    func endMigration() throws {
        try queueCommit()
        try finish()
    }

    func undoMigration() { rollBack() }
}
