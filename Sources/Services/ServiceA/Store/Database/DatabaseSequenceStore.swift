// The elements in a durable store: a change, its event and its idempotency key are one transaction.
//
// The store's one writer runs closures one after another, so a closure may read, decide and write without another in between.

package import Bus
import Contracts
package import Storage

package struct DatabaseSequenceStore: SequenceStore {
    package typealias Tables = DatabaseTables

    private let database: DurableStore
    private let limits: StoreLimits
    private let now: @Sendable () -> Deadline

    /// The tables, step by step.
    package static let migrations = [StoredNumbers.migration] + SequenceSchema.migrations

    package var events: any EventLog { database.outbox }

    /// Opens the store. Blocks: call it before serving.
    ///
    /// - Throws: `Failure` with `unavailable` where the file cannot be used.
    package init(_ location: DatabaseLocation, now: @escaping @Sendable () -> Deadline = { .now }) throws {
        database = try DurableStore(
            location,
            topics: [SequenceOperations.changed.name],
            migrations: Self.migrations
        )
        (limits, self.now) = (location.limits, now)
    }

    /// Waits for the writes in hand; what comes later fails as `unavailable`.
    package func close() async { await database.close() }

    package func write<Answer: Codable & Sendable>(
        _ claim: IdempotencyClaim?,
        _ extent: WriteExtent,
        _ body: @escaping @Sendable (SequenceEditor<DatabaseTables>) throws -> Answer
    ) async throws -> Answer {
        let (now, limits) = (now(), limits)
        return try await database.write(isLong: extent.isLong) { transaction in
            try IdempotencyLedger.once(claim, now: now, in: transaction) {
                try body(SequenceEditor(DatabaseTables(transaction), now, WriteTurn(limits, canEnd: extent.isWhole)))
            }
        }
    }

    /// So many rows are read sooner than another thread is woken for them.
    private static let few = 16

    package func view<Answer: Sendable>(
        rows: Int,
        _ body: @escaping @Sendable (SequenceReader<DatabaseTables>) throws -> Answer
    ) async throws -> Answer {
        if rows <= Self.few, database.isAtHand {
            return try database.readNow { try body(SequenceReader(DatabaseTables($0))) }
        }
        return try await database.read { try body(SequenceReader(DatabaseTables($0))) }
    }

    package func sweep() async throws -> Bool {
        let limits = limits
        return try await database.write { transaction in
            let turn = WriteTurn(limits, canEnd: false)
            while try DatabaseTables(transaction).sweep(Sweeping.piece) { if turn.isShared { return true } }
            return false
        }
    }
}
