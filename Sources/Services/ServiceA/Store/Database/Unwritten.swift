// What a transaction knows of its sequences and has not written yet: their last revisions, and the counts of their blocks. Of many changes in
// one transaction each of these is written once. It is thrown away with a transaction that fails.

import Contracts
import Storage

final class Unwritten {
    private var known: [SequenceName: SequenceRow] = [:]
    private var revisions: [Int64: UInt64] = [:]
    private var counts: [Int64: BlockCounts] = [:]

    func sequence(_ name: SequenceName) -> SequenceRow? { known[name] }

    func know(_ row: SequenceRow) { known[row.name] = row }

    /// Its name is free; what its elements leave behind is swept away.
    func forget(_ row: SequenceRow) {
        known[row.name] = nil
        revisions[row.id] = nil
    }

    func touch(_ sequence: Int64, _ revision: UInt64) {
        revisions[sequence] = revision
        if let name = known.first(where: { $0.value.id == sequence })?.key { known[name]?.revision = revision }
    }

    func takeRevisions() -> [(sequence: Int64, revision: UInt64)] {
        defer { revisions = [:] }
        return revisions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The sequences whose counts may have changed.
    var counted: [Int64] { counts.keys.sorted() }

    func counts(of sequence: Int64) -> BlockCounts {
        if let known = counts[sequence] { return known }
        let fresh = BlockCounts()
        counts[sequence] = fresh
        return fresh
    }
}
