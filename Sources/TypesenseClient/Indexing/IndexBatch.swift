// What a run of events asks of an index: per document the last state only, and where the index stands after it.

package import Bus
package import Contracts

/// The state of one document as of a revision; `document` is `nil` where it is gone.
package struct IndexChange: Sendable, Equatable {
    package let id: String
    package let revision: UInt64
    package let document: SearchDocument?
    /// Of the event that brought it.
    package let offset: UInt64

    package init(id: String, revision: UInt64, document: SearchDocument?, offset: UInt64) {
        self.id = id
        self.revision = revision
        self.document = document
        self.offset = offset
    }
}

package struct IndexBatch: Sendable, Equatable {
    /// One a document, of the highest revision in the batch.
    package let changes: [IndexChange]
    /// Events that could not be read.
    package let poison: [ParkedDocument]
    package let checkpoint: Checkpoint

    package init(changes: [IndexChange], poison: [ParkedDocument], checkpoint: Checkpoint) {
        self.changes = changes
        self.poison = poison
        self.checkpoint = checkpoint
    }

    /// Folds contiguous events of one epoch; `nil` for none.
    package init?(_ events: [Event]) {
        guard let last = events.last else { return nil }
        var latest: [String: IndexChange] = [:]
        var order: [String] = []
        var poison: [ParkedDocument] = []
        for event in events {
            do {
                let change = IndexChange(try event.decode(SequenceOperations.changed), offset: event.offset)
                if latest[change.id] == nil { order.append(change.id) }
                if let known = latest[change.id], known.revision >= change.revision { continue }
                latest[change.id] = change
            } catch {
                poison.append(ParkedDocument(event, error))
            }
        }
        changes = order.compactMap { latest[$0] }
        self.poison = poison
        checkpoint = Checkpoint(epoch: last.epoch, offset: last.offset)
    }
}

extension IndexChange {
    fileprivate init(_ change: SequenceChange, offset: UInt64) {
        id = change.element.key
        revision = change.revision
        document = change.kind == .deleted ? nil : SearchDocument(change)
        self.offset = offset
    }
}

extension ParkedDocument {
    fileprivate init(_ event: Event, _ error: any Error) {
        let reason = (error as? Failure)?.detail ?? "the event cannot be read"
        self.init(id: event.key, reason: reason, offset: Int(clamping: event.offset))
    }
}
