// What a run of events asks of an index: per document the last state only, and where the index stands after it.

package import Bus
package import Contracts

/// The state of one document as of a revision; `document` is `nil` where it is gone.
package struct IndexChange: Sendable, Equatable {
    package let id: String
    package let revision: UInt64
    package let document: SearchDocument?
    /// What brought it; `nil` for a document by hand.
    package let event: Event?

    package init(id: String, revision: UInt64, document: SearchDocument?, event: Event?) {
        self.id = id
        self.revision = revision
        self.document = document
        self.event = event
    }
}

package struct IndexBatch: Sendable, Equatable {
    /// An event that cannot be applied, and why.
    package struct Poison: Sendable, Equatable {
        package let event: Event
        package let reason: String
    }

    /// One a document, of the highest revision in the batch.
    package private(set) var changes: [IndexChange] = []
    /// What is parked instead of applied.
    package private(set) var poison: [Poison] = []
    /// Where the index stands with this batch; `nil` for one that does not move it: parked events that are tried again, or a part of the
    /// present state.
    package let checkpoint: Checkpoint?

    /// Folds contiguous events of one epoch; `nil` for none. The index may be whole with them.
    package init?(_ events: [Event], isWhole: Bool = true) {
        guard let last = events.last else { return nil }
        self.init(events, checkpoint: Checkpoint(epoch: last.epoch, offset: last.offset, isWhole: isWhole))
    }

    /// Tries an event again that was parked.
    package init(again event: Event) { self.init([event], checkpoint: nil) }

    /// Gives an event up and goes on behind it.
    package init(parking event: Event, reason: String, isWhole: Bool = true) {
        poison = [Poison(event: event, reason: reason)]
        checkpoint = Checkpoint(epoch: event.epoch, offset: event.offset, isWhole: isWhole)
    }

    /// States that were read from where they are kept, or, without any, only a new place to go on from.
    package init(_ changes: [IndexChange], checkpoint: Checkpoint?) {
        self.changes = changes
        self.checkpoint = checkpoint
    }

    private init(_ events: [Event], checkpoint: Checkpoint?) {
        self.checkpoint = checkpoint
        var latest: [String: IndexChange] = [:]
        var order: [String] = []
        for event in events {
            do {
                let change = IndexChange(try event.decode(SequenceOperations.changed), event)
                if latest[change.id] == nil { order.append(change.id) }
                if let known = latest[change.id], known.revision >= change.revision { continue }
                latest[change.id] = change
            } catch {
                let reason = (error as? Failure)?.detail ?? "the event cannot be read"
                poison.append(Poison(event: event, reason: reason))
            }
        }
        changes = order.compactMap { latest[$0] }
    }
}

extension IndexChange {
    init(_ change: SequenceChange, _ event: Event) {
        id = change.element.key
        revision = change.revision
        document = change.kind == .deleted ? nil : SearchDocument(change)
        self.event = event
    }
}

extension ParkedDocument {
    init(_ poison: IndexBatch.Poison) {
        self.init(id: poison.event.key, reason: poison.reason, offset: Int(clamping: poison.event.offset))
    }
}
