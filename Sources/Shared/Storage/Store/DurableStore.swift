// A service's durable store: one writer, readers beside it, an outbox inside. On SQLite one file, on PostgreSQL a schema.
//
//     write   { transaction in … } ──> queue ──> BEGIN · closure · closure · … · COMMIT (fsync) ──> observers ──> answers
//     read    { transaction in … } ──> a thread for reading, a snapshot of its own
//     readNow { transaction in … } ──> the same on the caller's thread: for what is small and lies in memory
//
// An answered write is on disk, unless it was asked for as `eventual` (`Durability`). What a closure may do stands at the head of
// `Transaction`. It refuses to open a store that a newer version of the service has written.

public import Bus

/// A service's store: rows, and the events that tell of their changes, in one transaction.
public final class DurableStore: Sendable {
    let observers = EventObservers()
    private let engine: any StoreEngine
    private let commits: GroupCommit
    private let threads: ReaderThreads

    /// Opens the store, makes it if it is not there, and brings its tables up to date. Blocks: call it before serving.
    ///
    /// - Parameters:
    ///   - location: Where the data lies, and its limits.
    ///   - topics: The topics that the service publishes, so that subscribers can see them before the first event.
    ///   - migrations: The service's tables, step by step.
    /// - Throws: `Failure` with `unavailable` where the file cannot be used.
    package init(_ location: DatabaseLocation, topics: [String] = [], migrations: [Migration] = []) throws {
        do {
            engine = Self.planted(try Self.engine(location, migrations, topics))
        } catch {
            throw StoreFailure.translate(error)
        }
        threads = ReaderThreads(location.limits.readers, maximumQueued: location.limits.maximumQueued)
        commits = GroupCommit(engine, location.limits) { [observers] in observers.announce($0) }
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
    /// Once begun it is not given up: its caller hears the outcome, also after the deadline. It runs on the writer's thread, for which others
    /// wait: a few statements, and nothing that waits for anybody.
    ///
    /// - Parameter body: What is done in the transaction.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; `Failure` with `overloaded`, `unavailable` (disk full, locked, read-only: nothing is changed),
    ///   `deadline_exceeded` or `cancelled` (it was never started).
    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try await commits.submit(body)
    }

    /// The same for what can be made again where the machine fails (`Durability`).
    package func write<Value: Sendable>(
        _ durability: Durability,
        _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try await commits.submit(durability: durability, body)
    }

    /// The same for a write that may do many things (`isLong`), and ends itself by its `WriteTurn`: then it has a transaction of its own, and
    /// whoever waits for a short one comes first after it.
    package func write<Value: Sendable>(
        isLong: Bool,
        _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try await commits.submit(isLong: isLong, body)
    }

    /// The same, once for each `Idempotency-Key`: a call that is repeated under its key gets the first answer again, and no second effect. A
    /// call without a key is done.
    ///
    /// - Parameters:
    ///   - context: The call.
    ///   - request: What it asks: the same key with another request is refused.
    ///   - body: What is done in the transaction.
    /// - Returns: What `body` returns, or what it returned the first time. Answers are kept for a day.
    /// - Throws: The same as `write`, `Failure` with `idempotency_key_reused`, and with `invalid_request` for a key of more than 255 bytes.
    public func write<Request: Encodable, Answer: Codable & Sendable>(
        for context: CallContext,
        _ request: Request,
        _ body: @escaping @Sendable (any Transaction) throws -> Answer
    ) async throws -> Answer {
        let claim = try IdempotencyClaim(context, request)
        return try await write { transaction in
            try IdempotencyLedger.once(claim, now: .now, in: transaction) { try body(transaction) }
        }
    }

    /// Runs `body` on a snapshot of the last commit, beside the caller.
    ///
    /// - Throws: What `body` throws; `Failure` with `overloaded`, `unavailable`, and, for a call that has changed nothing yet, with
    ///   `deadline_exceeded` or `cancelled` where it was never started.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        let engine = engine
        return try await threads.run(ReadTurn(CallContext.current)) {
            do { return try engine.read(body) } catch { throw StoreFailure.translate(error) }
        }
    }

    /// Runs `body` on a snapshot of the last commit, here and now. Waits for the disk where the file's pages are not in memory, and in a store
    /// in memory for the writer.
    public func readNow<Value: Sendable>(_ body: (any Transaction) throws -> Value) throws -> Value {
        do { return try engine.read(body) } catch { throw StoreFailure.translate(error) }
    }

    /// Whether `readNow` waits for nobody: a file that this machine has.
    package var isAtHand: Bool { engine.isAtHand }

    /// Whether other processes may write to it as well, so that what was read is true only as long as its transaction lasts.
    package var isShared: Bool { engine.isShared }

    /// Which connection writes (`StoreEngine.life`).
    package var life: UInt64 { engine.life }

    /// How writes have been grouped so far.
    package var statistics: WriteStatistics { commits.statistics }

    /// Waits for the writes in hand, then closes the file. What comes later fails as `unavailable`.
    package func close() async {
        await commits.drain()
        engine.close()
    }

    /// The engine as it is; in tests that ask for it, with a mistake in it.
    private static func planted(_ engine: any StoreEngine) -> any StoreEngine {
        #if DEBUG
        return StorePlant.current.map { PlantedEngine(engine: engine, plant: $0) } ?? engine
        #else
        return engine
        #endif
    }

    private static func engine(
        _ location: DatabaseLocation,
        _ migrations: [Migration],
        _ topics: [String]
    ) throws -> any StoreEngine {
        let limits = location.limits
        switch location.place {
        case .memory:
            return try SQLiteEngine(SQLiteFile(nil, limits), migrations, topics)
        case .file(let path):
            return try SQLiteEngine(SQLiteFile(path, limits), migrations, topics)
        case .schema(let schema, let servers, let isAlone):
            let source = PostgreSQLSource(servers, schema: schema, limits)
            return try PostgreSQLEngine(source, isAlone: isAlone, migrations, topics)
        }
    }
}
