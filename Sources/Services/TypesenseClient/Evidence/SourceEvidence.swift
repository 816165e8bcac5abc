// What the source shows of itself: Service A's sequences, digests of their ranges, and the elements of one.

import Bus
package import Contracts

package protocol SourceHead: Sendable {
    /// Where the changes stand.
    func head() async throws -> Checkpoint
}

package protocol SourceEvidence: SourceHead {
    func sequences() async throws -> [SequenceName]
    func digests(of sequence: SequenceName, from place: Int64) async throws -> SequenceDigests
    /// The elements in a range of places, as changes of the revision as of which each was read.
    func elements(of sequence: SequenceName, in places: Range<Int64>) async throws -> SourceElements
}

/// Elements that were read page by page while others may have changed them.
package struct SourceElements: Sendable {
    package var changes: [IndexChange] = []
    /// Of the first page: what came later may be missing.
    package var earliest = UInt64.max
    /// Of the last page.
    package var latest: UInt64 = 0

    package init() {}

    package mutating func add(_ page: [IndexChange], revision: UInt64) {
        changes += page
        (earliest, latest) = (min(earliest, revision), max(latest, revision))
    }
}

extension PresentElements: SourceEvidence {
    package func head() async throws -> Checkpoint {
        let head = try await node.head(of: SequenceOperations.changed)
        return Checkpoint(epoch: head.epoch, offset: head.head)
    }

    package func sequences() async throws -> [SequenceName] {
        var (names, after): ([SequenceName], SequenceName?) = ([], nil)
        repeat {
            let page = try await node.call(SequenceOperations.sequences, ListSequences(after: after))
            names += page.sequences.map(\.sequenceName)
            after = page.next
        } while after != nil
        return names
    }

    package func digests(of sequence: SequenceName, from place: Int64) async throws -> SequenceDigests {
        try await node.call(SequenceOperations.digests, DigestSequence(sequenceName: sequence, from: place))
    }

    package func elements(of sequence: SequenceName, in places: Range<Int64>) async throws -> SourceElements {
        var found = SourceElements()
        var from: Int64? = places.lowerBound
        while let first = from {
            let request = ElementsBetween(sequenceName: sequence, from: first, to: places.upperBound)
            let page = try await node.call(SequenceOperations.range, request)
            found.add(try page.elements.map { try IndexChange($0, page.revision, 0) }, revision: page.revision)
            from = page.next
        }
        return found
    }
}
