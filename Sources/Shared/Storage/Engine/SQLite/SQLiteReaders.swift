// The reading connections of a store: as many as read at once, kept for the next, at most so many.
//
//     readNow ──> a free connection, or a new one ──> snapshot on the caller's thread
//     read    ──> queue ──> one of a few threads ──> the same
//
// Nobody waits for the writer. A store in memory has one connection only: its readers take turns with the writer.

import Foundation
import Synchronization

final class SQLiteReaders: Sendable {
    /// A connection, and the lock that makes it one thread's at a time. Nobody waits at it: a slot in use is not in the list.
    private final class Slot: Sendable {
        private let session: Mutex<SQLiteSession?>

        init(_ file: SQLiteFile) throws { session = Mutex(try file.reader()) }

        func withSession<Value: Sendable>(_ body: (SQLiteSession) throws -> Value) throws -> Value {
            try session.withLock { session in
                guard let session else { throw StoreError(.closed, "the store is closed") }
                return try body(session)
            }
        }
    }

    private let file: SQLiteFile
    private let free = Mutex<[Slot]>([])
    private let isClosed = Atomic(false)
    private let shared: WriterGate?

    /// `shared` is the only connection there is, of a store in memory.
    init(_ file: SQLiteFile, shared: WriterGate?) {
        self.file = file
        self.shared = shared
    }

    func read<Value: Sendable>(_ body: (any Transaction) throws -> Value) throws -> Value {
        guard !isClosed.load(ordering: .acquiring) else { throw StoreError(.closed, "the store is closed") }
        if let shared { return try shared.withSession { try body($0) } }
        let slot = try free.withLock { $0.popLast() } ?? SQLiteFailure.named { try Slot(file) }
        defer { give(back: slot) }
        return try slot.withSession { try $0.snapshot(body) }
    }

    func close() {
        isClosed.store(true, ordering: .releasing)
        free.withLock { $0 = [] }
    }

    private func give(back slot: Slot) {
        guard !isClosed.load(ordering: .acquiring) else { return }
        free.withLock { $0.append(slot) }
    }
}
