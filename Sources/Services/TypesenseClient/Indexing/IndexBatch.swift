// What a run of events asks of an index: per document the last state only, where others were put, and where the index stands after it.

package import Bus
package import Contracts
import StreamSafe

/// The state of one document as of a revision; `document` is `nil` where it is gone.
package struct IndexChange: Sendable, Equatable {
    package let id: String
    package let revision: UInt64
    package let sequence: SequenceName
    package let document: SearchDocument?
    /// Orders it in its sequence; `nil` for a document by hand.
    package private(set) var place: Int64?
    /// What brought it; `nil` for a document by hand.
    package let event: Event?
    /// The document's texts as they are indexed: read once, whoever writes them, and however often.
    let texts: DocumentTexts?

    package init(
        id: String,
        revision: UInt64,
        sequence: SequenceName,
        document: SearchDocument?,
        place: Int64?,
        event: Event?
    ) {
        self.id = id
        self.revision = revision
        self.sequence = sequence
        self.document = document
        self.place = place
        self.event = event
        texts = document.map(DocumentTexts.init)
    }

    /// The same where the document stands by now.
    func placed(_ place: Int64?) -> IndexChange {
        var change = self
        change.place = place ?? self.place
        return change
    }
}

/// A document that stands elsewhere as of a revision, because another one changed.
package struct Placement: Sendable, Equatable {
    package let id: String
    package let sequence: SequenceName
    package let place: Int64
    package let revision: UInt64
}

package struct IndexBatch: Sendable, Equatable {
    /// An event that cannot be applied, and why.
    package struct Poison: Sendable, Equatable {
        package let event: Event
        package let reason: String
    }

    /// A sequence that had no elements left at a revision.
    package struct Emptied: Sendable, Equatable {
        package let sequence: SequenceName
        package let revision: UInt64
    }

    /// One a document, of the highest revision in the batch.
    package private(set) var changes: [IndexChange] = []
    /// Likewise.
    package private(set) var placements: [Placement] = []
    /// To be applied first: it spares what is newer.
    package private(set) var emptied: [Emptied] = []
    /// What is parked instead of applied.
    package private(set) var poison: [Poison] = []
    /// Where the index stands with this batch; `nil` for one that does not move it: parked events that are tried again, or a part of the
    /// present state.
    package private(set) var checkpoint: Checkpoint?
    /// What its documents bring to the lexicon.
    let words: Set<String>

    /// Whether documents may come or go by it.
    package var touchesDocuments: Bool { !changes.isEmpty || !emptied.isEmpty }

    /// Folds contiguous events of one epoch; `nil` for none. The index is whole with them.
    package init?(_ events: [Event]) {
        guard let last = events.last else { return nil }
        self.init(events, checkpoint: Checkpoint(epoch: last.epoch, offset: last.offset))
    }

    /// The same with an index that may not be whole by it.
    func leaving(whole isWhole: Bool) -> IndexBatch {
        var batch = self
        batch.checkpoint = checkpoint.map { Checkpoint(epoch: $0.epoch, offset: $0.offset, isWhole: isWhole) }
        return batch
    }

    /// Tries an event again that was parked.
    package init(again event: Event) { self.init([event], checkpoint: nil) }

    /// Gives an event up and goes on behind it.
    package init(parking event: Event, reason: String, isWhole: Bool = true) {
        poison = [Poison(event: event, reason: reason)]
        checkpoint = Checkpoint(epoch: event.epoch, offset: event.offset, isWhole: isWhole)
        words = []
    }

    /// States that were read from where they are kept, or, without any, only a new place to go on from.
    package init(_ changes: [IndexChange], checkpoint: Checkpoint?) {
        self.changes = changes
        self.checkpoint = checkpoint
        words = changes.words
    }

    private init(_ events: [Event], checkpoint: Checkpoint?) {
        self.checkpoint = checkpoint
        var fold = Fold()
        for event in events {
            do {
                fold.add(try event.decode(SequenceOperations.changed), event)
            } catch {
                let reason = (error as? Failure)?.detail ?? "the event cannot be read"
                poison.append(Poison(event: event, reason: reason))
            }
        }
        (changes, placements, emptied) = (fold.changes.inOrder, fold.placements.inOrder, fold.emptied)
        words = changes.words
    }
}

/// The newest of each document, in the order in which the documents came.
private struct Latest<State> {
    private var states: [ExactText: (revision: UInt64, state: State)] = [:]
    private var order: [ExactText] = []

    var inOrder: [State] { order.compactMap { states[$0]?.state } }

    mutating func add(_ name: String, _ revision: UInt64, _ state: State) {
        let id = ExactText(name)
        if let known = states[id] {
            guard known.revision < revision else { return }
        } else {
            order.append(id)
        }
        states[id] = (revision, state)
    }

    mutating func removeAll(where isGone: (State) -> Bool) {
        order.removeAll { id in states[id].map { isGone($0.state) } ?? true }
        states = states.filter { !isGone($0.value.state) }
    }
}

private struct Fold {
    var changes = Latest<IndexChange>()
    var placements = Latest<Placement>()
    var emptied: [IndexBatch.Emptied] = []

    mutating func add(_ change: SequenceChange, _ event: Event) {
        guard let element = change.element else { return empty(change) }
        changes.add(element.key, change.revision, IndexChange(change, element, event))
        for other in change.others ?? [] {
            let id = element.sibling(other).key
            let placement = Placement(
                id: id,
                sequence: element.sequence,
                place: other.place,
                revision: change.revision
            )
            placements.add(id, change.revision, placement)
        }
    }

    private mutating func empty(_ change: SequenceChange) {
        let (sequence, revision) = (change.sequenceName, change.revision)
        changes.removeAll { $0.sequence == sequence && $0.revision < revision }
        placements.removeAll { $0.sequence == sequence && $0.revision < revision }
        emptied.append(IndexBatch.Emptied(sequence: sequence, revision: revision))
    }
}

extension IndexChange {
    init(_ change: SequenceChange, _ element: ElementReference, _ event: Event) {
        self.init(
            id: element.key,
            revision: change.revision,
            sequence: element.sequence,
            document: change.kind == .deleted ? nil : SearchDocument(change),
            place: change.place,
            event: event
        )
    }
}

extension IndexChange {
    /// A document by hand: of no event.
    init(byHand document: SearchDocument) {
        self.init(
            id: document.id,
            revision: 0,
            sequence: document.sequenceName,
            document: document,
            place: nil,
            event: nil
        )
    }
}

extension ElementReference {
    fileprivate func sibling(_ other: SequenceChange.Placed) -> ElementReference {
        ElementReference(elementType: other.elementType, elementId: other.elementId, sequenceName: sequence)
    }
}

extension ParkedDocument {
    init(_ poison: IndexBatch.Poison) {
        self.init(id: poison.event.key, reason: poison.reason, offset: Int(clamping: poison.event.offset))
    }
}
