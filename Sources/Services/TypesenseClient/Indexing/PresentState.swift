// The way out for an index whose events are gone: everything as it is now, read from Service A, and where its events go on from there.
//
//     list page 1 (revision 700) · page 2 (revision 702) · …      each page a snapshot; changes up to its revision are in it
//     events from 701 on                                          what a page has already is passed over by its revision
//
// An element that moves between two pages while they are read may be missed by both, or be in both. Its move is an event behind the first
// page's revision, so following the events from there puts it right.

package import Bus
import Contracts

package protocol PresentState: Sendable {
    /// Gives every document to `page`, some at a time, and returns from where on the events have what comes later.
    ///
    /// - Throws: What `page` throws; `Failure` where it cannot be read, to be begun anew.
    func read(_ page: @Sendable ([IndexChange]) async throws -> Void) async throws -> Checkpoint
}

package struct PresentElements: PresentState {
    let node: Node
    private let pageSize: Int

    package init(_ node: Node, pageSize: Int = 200) {
        self.node = node
        self.pageSize = pageSize
    }

    package func read(_ page: @Sendable ([IndexChange]) async throws -> Void) async throws -> Checkpoint {
        // The epoch first: should the log begin anew meanwhile, the checkpoint is of the one before, and that is noticed.
        let epoch = try await node.head(of: SequenceOperations.changed).epoch
        var first = UInt64.max
        var names: SequenceName?
        repeat {
            let sequences = try await node.call(SequenceOperations.sequences, ListSequences(after: names))
            first = min(first, sequences.revision)
            for sequence in sequences.sequences {
                first = min(first, try await read(sequence.sequenceName, epoch, page))
            }
            names = sequences.next
        } while names != nil
        return Checkpoint(epoch: epoch, offset: first)
    }

    /// One sequence; the revision of its first page.
    private func read(
        _ sequence: SequenceName,
        _ epoch: UInt64,
        _ page: @Sendable ([IndexChange]) async throws -> Void
    ) async throws -> UInt64 {
        var (first, after): (UInt64, PageCursor?) = (.max, nil)
        repeat {
            let request = ListElements(sequenceName: sequence, limit: PageLimit(pageSize), after: after)
            let answer = try await node.call(SequenceOperations.list, request)
            first = min(first, answer.revision)
            try await page(try answer.elements.map { try IndexChange($0, answer.revision, epoch) })
            after = answer.next
        } while after != nil
        return first
    }
}

extension IndexChange {
    /// As an event would have brought it, so that a document which the index refuses can be parked like any other.
    init(_ element: SequenceElement, _ revision: UInt64, _ epoch: UInt64) throws {
        let change = SequenceChange(
            kind: .versioned,
            element: element.reference,
            sequenceNumber: element.sequenceNumber,
            versionNumber: element.versionNumber,
            comment: element.comment,
            place: element.place,
            revision: revision
        )
        let event = Event(
            topic: SequenceOperations.changed.name,
            epoch: epoch,
            offset: revision,
            key: element.reference.key,
            committedAt: .now,
            trace: nil,
            payload: try PayloadCoding.encode(change)
        )
        self.init(change, element.reference, event)
    }
}
