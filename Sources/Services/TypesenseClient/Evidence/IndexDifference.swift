// Where an index is not what its source says, and what would make it so. Pure.

import Contracts
import StreamSafe

struct IndexDifference: Sendable, Equatable {
    let kind: IndexVerdict.Difference.Kind
    /// What to write.
    let change: IndexChange

    static func between(_ source: SourceElements, _ index: [IndexEntry], of sequence: SequenceName) -> [IndexDifference]
    {
        // Of an element that is on two pages the later one is right.
        let expected = Dictionary(source.changes.map { (ExactText($0.id), $0) }) { $0.revision > $1.revision ? $0 : $1 }
        let found = Dictionary(index.map { (ExactText($0.id), $0) }) { first, _ in first }
        let wrong = expected.values.compactMap { change -> IndexDifference? in
            guard let entry = found[ExactText(change.id)] else {
                return IndexDifference(kind: .missing, change: change)
            }
            guard !entry.isByHand, !entry.isWhat(change) else { return nil }
            return IndexDifference(kind: .other, change: change)
        }
        let surplus = index.filter { !$0.isByHand && expected[ExactText($0.id)] == nil }.map { entry in
            IndexDifference(kind: .surplus, change: IndexChange(absent: entry.id, of: sequence, at: source.earliest))
        }
        return (wrong + surplus).sorted { $0.change.id < $1.change.id }
    }
}

extension IndexChange {
    /// A document that was not there as of a revision.
    init(absent id: String, of sequence: SequenceName, at revision: UInt64) {
        self.init(id: id, revision: revision, sequence: sequence, document: nil, place: nil, event: nil)
    }
}
