// A service's durable store: one writer, readers beside it, an outbox inside. On SQLite: one file.
//
//     write   { transaction in … } ──> queue ──> BEGIN · closure · closure · … · COMMIT (fsync) ──> observers ──> answers
//     read    { transaction in … } ──> a thread for reading, a snapshot of its own
//     readNow { transaction in … } ──> the same on the caller's thread: for what is small and lies in memory
//
// An answered write is on disk. What a closure may do stands at the head of `Transaction`. It refuses to open a store that a newer version
// of the service has written.

package final class DurableStore: Sendable {
    let observers = EventObservers()
    private let gate: WriterGate
    private let commits: GroupCommit
    private let readers: SQLiteReaders
    private let threads: ReaderThreads
    private let checkpointer: Checkpointer?

    /// Opens the store, makes it if it is not there, and brings its tables up to date. Blocks: call it before serving.
    ///
    /// - Parameters:
    ///   - location: Where the data lies, and its limits.
    ///   - topics: The topics that the service publishes, so that subscribers can see them before the first event.
    ///   - migrations: The service's tables, step by step.
    /// - Throws: `Failure` with `unavailable` where the file cannot be used.
    package init(_ location: DatabaseLocation, topics: [String] = [], migrations: [Migration] = []) throws {
        do {
            let file = try SQLiteFile(location)
            gate = try WriterGate(file, migrations, topics)
            readers = SQLiteReaders(file, shared: file.isInMemory ? gate : nil)
            checkpointer = file.isInMemory ? nil : Checkpointer(file)
        } catch {
            throw StoreFailure.translate(error)
        }
        threads = ReaderThreads(location.limits.readers)
        commits = GroupCommit(gate, location.limits, checkpointer) { [observers] in observers.announce($0) }
        commits.start()
    }

    deinit {
        commits.stop()
        threads.stop()
    }

    /// The events that this store's writes have recorded.
    package var outbox: Outbox { Outbox(store: self) }

    /// Runs `body` in a transaction shared with the writes that wait beside it; returns when it is on disk.
    ///
    /// Where `body` throws, its own changes and events are undone and its neighbours' are not. `CallContext.current` is that of the caller.
    /// Once begun it is not given up: its caller hears the outcome, also after the deadline.
    ///
    /// - Throws: What `body` throws; `Failure` with `overloaded`, `unavailable` (disk full, locked, read-only: nothing is changed),
    ///   `deadline_exceeded` or `cancelled` (it was never started).
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try await commits.submit(body)
    }

    /// Runs `body` on a snapshot of the last commit, beside the caller.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        let readers = readers
        return try await threads.run {
            do { return try readers.read(body) } catch { throw StoreFailure.translate(error) }
        }
    }

    /// Runs `body` on a snapshot of the last commit, here and now. Waits for the disk where the file's pages are not in memory, and in a store
    /// in memory for the writer.
    package func readNow<Value: Sendable>(_ body: (any Transaction) throws -> Value) throws -> Value {
        do { return try readers.read(body) } catch { throw StoreFailure.translate(error) }
    }

    /// How writes have been grouped so far.
    package var statistics: WriteStatistics { commits.statistics }

    /// Waits for the writes in hand, then closes the file. What comes later fails as `unavailable`.
    package func close() async {
        await commits.drain()
        readers.close()
        checkpointer?.close()
        gate.close()
    }
}
