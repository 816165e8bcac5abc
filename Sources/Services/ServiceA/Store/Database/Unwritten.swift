// What a batch knows of its sequences and has not written yet: their last revisions, and the counts of their blocks. Of many changes in
// one batch each of these is read once and written once. It is thrown away with a batch that fails.

import Contracts
import Storage

final class Unwritten: DeferredWrites {
    private struct State {
        var known: [SequenceName: SequenceRow] = [:]
        var revisions: [Int64: UInt64] = [:]
        var counts: [Int64: BlockCounts] = [:]
    }

    private var state = State()
    /// How it was when the closures in hand began.
    private var before: [State] = []

    func sequence(_ name: SequenceName) -> SequenceRow? { state.known[name] }

    func know(_ row: SequenceRow) { state.known[row.name] = row }

    /// Its name is free; what its elements leave behind is swept away.
    func forget(_ row: SequenceRow) {
        state.known[row.name] = nil
        state.revisions[row.id] = nil
    }

    func touch(_ sequence: Int64, _ revision: UInt64) {
        state.revisions[sequence] = revision
        if let name = state.known.first(where: { $0.value.id == sequence })?.key {
            state.known[name]?.revision = revision
        }
    }

    func counts(of sequence: Int64) -> BlockCounts {
        if let known = state.counts[sequence] { return known }
        let fresh = BlockCounts()
        for _ in before { fresh.begin() }
        state.counts[sequence] = fresh
        return fresh
    }

    // MARK: DeferredWrites

    func begin() {
        before.append(state)
        for counts in state.counts.values { counts.begin() }
    }

    func end(keeps: Bool) {
        for counts in state.counts.values { counts.end(keeps: keeps) }
        guard let closure = before.popLast(), !keeps else { return }
        // Those counts that only this closure has asked for go with it.
        state = closure
    }

    func settle(in transaction: any Transaction) throws {
        let tables = DatabaseTables(transaction)
        for sequence in state.counts.keys.sorted() { try tables.places(of: sequence).settle() }
        for (sequence, revision) in state.revisions.sorted(by: { $0.key < $1.key }) {
            try tables.write(revision: revision, of: sequence)
        }
        state.revisions = [:]
    }
}
