// Where the elements are kept: something that runs the rules in a transaction. Every function is atomic: it does all of what it says,
// with its event, or throws and does nothing; of a batch that is not atomic that holds for each change.
//
// The rules stand in `SequenceEditor` and `SequenceReader`; a store brings tables, and `SequenceStoreTests` holds each to the same.

package import Bus
package import Contracts
package import Storage

package protocol SequenceStore: Sendable {
    associatedtype Tables: SequenceTables

    /// What the bus publishes: an event for each change.
    var events: any EventLog { get }

    /// Runs a change once per claim.
    func write<Answer: Codable & Sendable>(
        _ claim: IdempotencyClaim?,
        _ extent: WriteExtent,
        _ body: @escaping @Sendable (SequenceEditor<Tables>) throws -> Answer
    ) async throws -> Answer

    /// Runs `body` on a snapshot. `rows`: how many it reads about; few may be read here and now.
    func view<Answer: Sendable>(
        rows: Int,
        _ body: @escaping @Sendable (SequenceReader<Tables>) throws -> Answer
    ) async throws -> Answer

    /// Removes some rows of sequences that were emptied; true where more are left.
    func sweep() async throws -> Bool
}

extension SequenceStore {
    /// - Throws: `Failure` as `SequenceOperations.create` lists them; likewise for the others.
    package func create(_ request: CreateElement, once claim: IdempotencyClaim?) async throws -> SequenceNumberAssigned
    {
        try await write(claim, .one) { try $0.tables.placed($0.create(request)) }
    }

    package func reorder(_ request: ReorderElements, once claim: IdempotencyClaim?) async throws -> ElementsReordered {
        try await write(claim, .of(request.elementIds.count)) { try $0.tables.placed($0.reorder(request)) }
    }

    package func move(_ request: MoveElement, once claim: IdempotencyClaim?) async throws -> ElementsMoved {
        try await write(claim, .of(request.count ?? 1)) { try $0.tables.placed($0.move(request)) }
    }

    package func addVersion(_ request: NewVersion, once claim: IdempotencyClaim?) async throws -> VersionAssigned {
        try await write(claim, .one) { try $0.tables.placed($0.addVersion(request)) }
    }

    package func delete(_ request: DeleteElement, once claim: IdempotencyClaim?) async throws -> ElementDeleted {
        try await write(claim, .one) { try $0.tables.placed($0.delete(request)) }
    }

    package func empty(_ request: EmptySequence, once claim: IdempotencyClaim?) async throws -> SequenceEmptied {
        try await write(claim, .one) { try $0.tables.placed($0.empty(request)) }
    }

    package func read(_ element: ElementReference) async throws -> SequenceElement {
        try await view(rows: 1) { try $0.read(element) }
    }

    package func list(_ request: ListElements) async throws -> ElementPage {
        try await view(rows: request.rows) { try $0.tables.placed($0.list(request)) }
    }

    package func history(_ request: ListVersions) async throws -> VersionPage {
        try await view(rows: request.limit?.value ?? PageLimit.standard) { try $0.history(request) }
    }

    package func digests(_ request: DigestSequence) async throws -> SequenceDigests {
        try await view(rows: .max) { try $0.digests(request) }
    }

    package func elements(_ request: ElementsBetween) async throws -> ElementRange {
        try await view(rows: PageLimit.standard) { try $0.elements(request) }
    }

    package func sequences(_ request: ListSequences) async throws -> SequencePage {
        try await view(rows: .max) { try $0.tables.placed($0.sequences(request)) }
    }
}
