// The reading connections of a store on PostgreSQL: as many as read at once, kept for the next. All are to the host that takes writes: what
// others show may be of the past, and may never have been.

import PostgreSQL
import Synchronization

final class PostgreSQLReaders: Sendable {
    /// A connection, and the lock that makes it one thread's at a time. Nobody waits at it: a slot in use is not in the list.
    private final class Slot: Sendable {
        private let session: Mutex<PostgreSQLReader>

        init(_ source: PostgreSQLSource, _ life: WriterLife) { session = Mutex(PostgreSQLReader(source, life)) }

        func withSession<Value: Sendable>(_ body: (PostgreSQLReader) throws -> Value) throws -> Value {
            try session.withLock { session in
                let session = session
                return try body(session)
            }
        }
    }

    private let source: PostgreSQLSource
    private let life: WriterLife
    private let free = Mutex<[Slot]>([])
    private let isClosed = Atomic(false)

    init(_ source: PostgreSQLSource, _ life: WriterLife) { (self.source, self.life) = (source, life) }

    func read<Value: Sendable>(_ body: (any Transaction) throws -> Value) throws -> Value {
        guard !isClosed.load(ordering: .acquiring) else { throw StoreError(.closed, "the store is closed") }
        let slot = free.withLock { $0.popLast() } ?? Slot(source, life)
        defer { if !isClosed.load(ordering: .acquiring) { free.withLock { $0.append(slot) } } }
        return try slot.withSession { try $0.snapshot(body) }
    }

    func close() {
        isClosed.store(true, ordering: .releasing)
        free.withLock { $0 = [] }
    }
}

/// What lies between two syncs is one transaction for the server, at the level that the session is set to: no BEGIN and no COMMIT are sent.
private final class PostgreSQLReader: PostgreSQLSession {
    private let source: PostgreSQLSource
    private let life: WriterLife
    /// That of the writer when this one was connected.
    private var number: UInt64 = 0

    init(_ source: PostgreSQLSource, _ life: WriterLife) {
        (self.source, self.life) = (source, life)
        super.init(patience: source.limits.commitTimeout)
    }

    /// Reads one state of the database, whatever is written meanwhile. A connection that was lost since the last time is made again, and a statement
    /// whose table has changed compiled anew, once.
    func snapshot<Value>(_ body: (any Transaction) throws -> Value) throws -> Value {
        if isConnected, life.present.number != number {
            drop(PostgreSQLError(.lost, "the writer has another connection"))
        }
        let wasConnected = isConnected
        do { return try once(body) } catch {
            guard (wasConnected && !isConnected) || hasToBeDoneAgain else { throw error }
            return try once(body)
        }
    }

    private func once<Value>(_ body: (any Transaction) throws -> Value) throws -> Value {
        if !isConnected { try connect() }
        forgetTrouble()
        forgetAnswers()
        defer { end() }
        return try body(self)
    }

    private var hasToBeDoneAgain: Bool {
        if case .again? = trouble { return true }
        return false
    }

    private func end() {
        guard isConnected else { return }
        do {
            // Of what was queued something may have failed; then this ends the transaction all the same.
            _ = try? settle()
            // Answered together with the next transaction's first question.
            try queueSync()
        } catch {
            drop(PostgreSQLError(.lost, "a reader did not end"))
        }
    }

    private func connect() throws {
        let writer = life.present
        do throws(PostgreSQLError) {
            use(try source.connect(writing: false, since: writer.timeline))
            number = writer.number
        } catch {
            drop(error)
            throw StoreError(error)
        }
    }
}
