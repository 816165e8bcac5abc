// Copies SQLite's write-ahead log into the file, on a connection and a thread of its own, so that writes do not wait for it. The thread is
// there only where there is something to copy.

import Dispatch
import SQLite
import Synchronization

final class Checkpointer: Sendable {
    /// Pages in the log from which on copying is worth while: SQLite's own number.
    static let enough = 1_000
    /// From here on the writer does it itself: while it goes on writing the log cannot begin anew.
    static let tooMany = 16_000

    private let file: SQLiteFile
    private let queue = DispatchQueue(label: "storage.checkpoints", qos: .utility)
    private let isRunning = Atomic(false)
    private let connection = Mutex<Connection?>(nil)

    init(_ file: SQLiteFile) { self.file = file }

    /// After a commit that left so many pages in the log.
    func look(at pages: Int) {
        guard pages >= Self.enough, !isRunning.exchange(true, ordering: .acquiring) else { return }
        queue.async { [self] in
            // What fails here is tried again after the next commit, and shows there.
            try? checkpoint()
            isRunning.store(false, ordering: .releasing)
        }
    }

    private func checkpoint() throws {
        try connection.withLock { connection in
            if connection == nil { connection = try file.open() }
            try connection?.checkpoint()
        }
    }

    /// Waits for what is under way.
    func close() { queue.sync { connection.withLock { $0 = nil } } }
}
