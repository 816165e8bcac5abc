// Two indexes as one: whoever searches sees the one that is shown, while the other may be built; then they change places, and what was shown
// before is dropped once nobody looks at it any more.
//
//     begin     the other side is to be built              on disk, so a killed process goes on with it
//     swap      documents by hand are carried over, the pointer moves
//     settle    who still searches the old one ends; it is dropped
//
// Half an index is never shown: `IndexKeeper` swaps only what is whole and has all that the shown one has.

package import Bus
package import Contracts
package import Storage

package final class IndexPair: SearchEngine, IndexEvidence {
    private let first: any ReplaceableIndex
    private let second: any ReplaceableIndex
    private let pointer: IndexPointer
    /// Of each side, how many are looking at it.
    private let uses = Watched<[IndexSide: Int]>([:])
    /// Writes by hand, and swaps.
    private let gate = SerialGate()

    /// Opens both. Blocks: call it before serving.
    package init(_ pointer: IndexPointer, open: (IndexSide) throws -> any ReplaceableIndex) throws {
        self.pointer = pointer
        (first, second) = (try open(.first), try open(.second))
    }

    package var state: IndexPointer.State { pointer.current }

    /// Returns when the other side is to be built.
    func untilBuilding() async throws { try await pointer.untilBuilding() }

    /// - Throws: `Failure` with `conflict` where one of them would be in a foreign index's place.
    package func refuseForeign() async throws {
        for side in IndexSide.allCases { try await self[side].refuseForeign() }
    }

    // MARK: Changing places

    /// The one that is shown.
    private var shown: any ReplaceableIndex { self[pointer.current.side] }
    /// The one that is not.
    var beside: any ReplaceableIndex { self[pointer.current.side.other] }

    private subscript(side: IndexSide) -> any ReplaceableIndex { side == .first ? first : second }

    /// The other side is to be built, if it is not already.
    func begin(_ origin: ReindexOrigin) async throws {
        try await gate.run {
            guard pointer.current.building == nil else { return }
            try await pointer.change { $0.building = origin }
        }
    }

    /// The one that is shown does not follow any more; the other is to be built.
    func fallBehind() async throws {
        try await gate.run {
            try await pointer.change {
                $0.isBehind = true
                $0.building = $0.building ?? .log
            }
        }
    }

    /// Shows what was built. Nobody may apply events to either meanwhile.
    func swap() async throws {
        try await gate.run {
            // A look is on disk, and with it all that was built: the pointer never says more than there is.
            try await beside.look()
            let byHand = try await carriedOver()
            if !byHand.isEmpty { _ = try await beside.write(byHand) }
            try await pointer.change { state in
                state.side = state.side.other
                (state.building, state.isBehind, state.isLeft) = (nil, false, true)
                state.swaps += 1
            }
        }
    }

    /// None where the one that is shown is lost, and they with it.
    private func carriedOver() async throws -> [SearchDocument] {
        do { return try await shown.documentsByHand() } catch is IndexLost { return [] }
    }

    /// Drops what was shown before, if something was.
    func settle() async throws {
        guard pointer.current.isLeft else { return }
        let old = pointer.current.side.other
        try await uses.until { $0[old, default: 0] == 0 }
        try await self[old].drop()
        try await gate.run { try await pointer.change { $0.isLeft = false } }
    }

    // MARK: Using

    private func using<Value: Sendable>(
        _ body: (any ReplaceableIndex) async throws -> Value
    ) async throws -> Value {
        let side = uses.change { uses in
            let side = pointer.current.side
            uses[side, default: 0] += 1
            return side
        }
        defer { uses.change { $0[side, default: 0] -= 1 } }
        return try await body(self[side])
    }

    package var collection: String { shown.collection }

    package func checkpoint() async throws -> Checkpoint? { try await using { try await $0.checkpoint() } }
    package func look() async throws { try await using { try await $0.look() } }
    package func apply(_ batch: IndexBatch) async throws { try await using { try await $0.apply(batch) } }
    package func reset() async throws { try await using { try await $0.reset() } }
    package func search(_ query: SearchQuery) async throws -> SearchAnswer {
        try await using { try await $0.search(query) }
    }
    package func lexicon<Value: Sendable>(_ body: @escaping @Sendable (Lexicon) throws -> Value) async throws -> Value {
        try await using { try await $0.lexicon(body) }
    }
    package func write(_ documents: [SearchDocument]) async throws -> [ParkedDocument] {
        try await gate.run { try await shown.write(documents) }
    }
    package func remove(byHand id: String) async throws -> Bool {
        try await gate.run { try await shown.remove(byHand: id) }
    }
    package func parked() async throws -> [ParkedEvent] { try await using { try await $0.parked() } }
    package func parkedCount() async throws -> Int { try await using { try await $0.parkedCount() } }
    package func discard(_ event: Event) async throws { try await using { try await $0.discard(event) } }
    package func collections() async throws -> [SearchCollection] { try await using { try await $0.collections() } }

    package func sequences() async throws -> [SequenceName] { try await using { try await $0.sequences() } }
    package func entries(of sequence: SequenceName, in places: Range<Int64>) async throws -> [IndexEntry] {
        try await using { try await $0.entries(of: sequence, in: places) }
    }
    package func mend(_ changes: [IndexChange]) async throws -> [String] {
        try await using { try await $0.mend(changes) }
    }
}
