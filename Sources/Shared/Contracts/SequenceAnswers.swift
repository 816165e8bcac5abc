// What Service A answers about one element or a change.
//
// Each answer of a change has its `revision`: the offset of its event. A reader that has followed the changes that far has seen it. `position`
// has the log's epoch as well; at the edge it is `Fountain-Offset`. Only answers that an earlier version stored lack it.

public import Bus

/// The number that a new element got.
public struct SequenceNumberAssigned: Codable, Sendable, Equatable {
    /// Its rank right after the change, from 1; for an element at the end, how many there are.
    public let sequenceNumber: Int
    /// As the request gave it.
    public let comment: Comment
    /// The offset of the change's event: what `ifRevision` of a later request names.
    public let revision: UInt64
    /// The same offset with the log's epoch; `nil` in answers that an earlier version stored.
    public var position: LogPosition?

    package init(sequenceNumber: Int, comment: Comment, revision: UInt64) {
        self.sequenceNumber = sequenceNumber
        self.comment = comment
        self.revision = revision
    }
}

/// An element that has another number now.
public struct MovedElement: Codable, Sendable, Equatable {
    /// With `elementId` what names it; its sequence is that of the request.
    public let elementType: ElementType
    /// The caller's number for it.
    public let elementId: ElementID
    /// Its rank right before the change.
    public let oldSequenceNumber: Int
    /// Its rank right after the change.
    public let newSequenceNumber: Int

    package init(elementType: ElementType, elementId: ElementID, oldSequenceNumber: Int, newSequenceNumber: Int) {
        self.elementType = elementType
        self.elementId = elementId
        self.oldSequenceNumber = oldSequenceNumber
        self.newSequenceNumber = newSequenceNumber
    }
}

/// Who has changed places, in the order in which they stand now.
public struct ElementsReordered: Codable, Sendable, Equatable {
    /// Those that moved; who stayed where it was is not named.
    public let reorderedElements: [MovedElement]
    /// What was done, for people.
    public let comment: String
    /// The offset of the change's event: what `ifRevision` of a later request names.
    public let revision: UInt64
    /// The same offset with the log's epoch; `nil` in answers that an earlier version stored.
    public var position: LogPosition?

    package init(reorderedElements: [MovedElement], comment: String, revision: UInt64) {
        self.reorderedElements = reorderedElements
        self.comment = comment
        self.revision = revision
    }
}

/// A run that stands elsewhere now.
public struct ElementsMoved: Codable, Sendable, Equatable {
    /// The run in its order. Those that it has passed have moved up or down by its length, and are not named.
    public let movedElements: [MovedElement]
    /// What was done, for people.
    public let comment: String
    /// The offset of the change's event: what `ifRevision` of a later request names.
    public let revision: UInt64
    /// The same offset with the log's epoch; `nil` in answers that an earlier version stored.
    public var position: LogPosition?

    package init(movedElements: [MovedElement], comment: String, revision: UInt64) {
        self.movedElements = movedElements
        self.comment = comment
        self.revision = revision
    }
}

/// The number that a new version got.
public struct VersionAssigned: Codable, Sendable, Equatable {
    /// One more than that of the version before; the element itself was version 1.
    public let versionNumber: Int
    /// That of the version: of the request, or of the version before where it gave none.
    public let comment: Comment
    /// The offset of the change's event: what `ifRevision` of a later request names.
    public let revision: UInt64
    /// The same offset with the log's epoch; `nil` in answers that an earlier version stored.
    public var position: LogPosition?

    package init(versionNumber: Int, comment: Comment, revision: UInt64) {
        self.versionNumber = versionNumber
        self.comment = comment
        self.revision = revision
    }
}

/// A sequence without elements.
public struct SequenceEmptied: Codable, Sendable, Equatable {
    /// How many it had.
    public let deletedElements: Int
    /// What was done, for people.
    public let comment: String
    /// The offset of the change's event.
    public let revision: UInt64
    /// The same offset with the log's epoch; `nil` in answers that an earlier version stored.
    public var position: LogPosition?

    package init(deletedElements: Int, comment: String, revision: UInt64) {
        self.deletedElements = deletedElements
        self.comment = comment
        self.revision = revision
    }
}

/// An element with its latest version.
public struct SequenceElement: Codable, Sendable, Equatable {
    /// With `elementId` and the sequence what names it.
    public let elementType: ElementType
    /// The caller's number for it.
    public let elementId: ElementID
    /// The sequence that it stands in; the name of its type where it was created without one.
    public let sequenceName: SequenceName
    /// Its rank in its sequence when it was read, from 1.
    public let sequenceNumber: Int
    /// Of its latest version, from 1.
    public let versionNumber: Int
    /// Of its latest version.
    public let comment: Comment
    /// The latest version's data; absent for an element that is as it was created.
    public let data: JSONText?
    /// Orders it among the elements of its sequence, as the events' `place` does; only its order means something.
    public let place: Int64
    /// Of its last change: a version, or a move of its own. Numbers that shift because others come and go do not count.
    public let revision: UInt64

    package init(
        element: ElementReference,
        sequenceNumber: Int,
        versionNumber: Int,
        comment: Comment,
        data: JSONText?,
        place: Int64,
        revision: UInt64
    ) {
        elementType = element.elementType
        elementId = element.elementId
        sequenceName = element.sequence
        self.sequenceNumber = sequenceNumber
        self.versionNumber = versionNumber
        self.comment = comment
        self.data = data
        self.place = place
        self.revision = revision
    }

    /// What names it in requests.
    public var reference: ElementReference {
        ElementReference(elementType: elementType, elementId: elementId, sequenceName: sequenceName)
    }
}
