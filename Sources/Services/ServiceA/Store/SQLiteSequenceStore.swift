// The elements in SQLite: a change, its events and its idempotency key are one transaction.
//
//     element(type, id, number, version)                     number: unique within the type, 1 … n
//     version(type, id, version, comment, data, created_at)  append only; goes with its element
//
// The database's one writer runs closures one after another, so a closure may read, decide and write without another in between.

package import Bus
package import Contracts
package import Storage

package struct SQLiteSequenceStore: SequenceStore {
    let database: DurableStore
    private let now: @Sendable () -> Deadline

    package var events: any EventLog { database.outbox }

    /// Opens the store. Blocks: call it before serving.
    ///
    /// - Throws: `Failure` with `unavailable` where the file cannot be used.
    package init(_ location: DatabaseLocation, now: @escaping @Sendable () -> Deadline = { .now }) throws {
        database = try DurableStore(
            location,
            topics: [SequenceOperations.changed.name],
            migrations: SequenceTables.migrations
        )
        self.now = now
    }

    package func create(
        _ request: CreateElement,
        once claim: IdempotencyClaim?
    ) async throws -> SequenceNumberAssigned {
        try await write(claim) { changes, now in
            guard let number = try changes.tables.insert(request, now) else {
                let present = try changes.tables.element(request.reference)
                throw SequenceFailure.exists(request, number: present?.number ?? 0)
            }
            let element = ElementRow(request, number: number)
            try changes.record(.created, element)
            return SequenceNumberAssigned(sequenceNumber: number, comment: request.comment)
        }
    }

    package func reorder(_ request: ReorderElements, once claim: IdempotencyClaim?) async throws -> ElementsReordered {
        try ReorderPlan.check(request)
        return try await write(claim) { changes, _ in
            let type =
                try request.elementType
                ?? ReorderPlan.onlyType(
                    having: request,
                    counts: try changes.tables.countByType(request.elementIds)
                )
            let rows = try changes.tables.elements(
                request.elementIds.map { ElementReference(elementType: type, elementId: $0) }
            )
            let plan = try ReorderPlan(request, of: type, current: rows.mapValues(\.number))
            try changes.tables.move(plan.moves, of: type)
            for move in plan.moves where move.oldSequenceNumber != move.newSequenceNumber {
                guard let row = rows[move.elementId] else { continue }
                try changes.record(.reordered, row.at(move.newSequenceNumber))
            }
            return ElementsReordered(reorderedElements: plan.moves, comment: plan.summary(of: type))
        }
    }

    package func addVersion(_ request: NewVersion, once claim: IdempotencyClaim?) async throws -> VersionAssigned {
        try await write(claim) { changes, now in
            guard let version = try changes.tables.insert(request, now),
                let element = try changes.tables.element(request.reference)
            else { throw SequenceFailure.missing(request.reference) }
            try changes.record(.versioned, element)
            return VersionAssigned(versionNumber: version, comment: request.comment)
        }
    }

    package func delete(_ element: ElementReference, once claim: IdempotencyClaim?) async throws {
        _ = try await write(claim) { changes, _ in
            guard let row = try changes.tables.element(element) else { throw SequenceFailure.missing(element) }
            try changes.tables.delete(element)
            try changes.record(.deleted, row)
            for moved in try changes.tables.closeUp(behind: row) { try changes.record(.reordered, moved) }
            return Deleted()
        }
    }

    /// Runs a change once per claim, with the tables and the outbox of its transaction.
    private func write<Answer: Codable & Sendable>(
        _ claim: IdempotencyClaim?,
        _ body: @escaping @Sendable (SequenceChanges, Deadline) throws -> Answer
    ) async throws -> Answer {
        let now = now()
        return try await database.write { transaction in
            try IdempotencyLedger.once(claim, now: now, in: transaction) {
                try body(SequenceChanges(tables: SequenceTables(transaction: transaction)), now)
            }
        }
    }
}

/// What a delete leaves in the idempotency ledger.
private struct Deleted: Codable, Sendable {}
