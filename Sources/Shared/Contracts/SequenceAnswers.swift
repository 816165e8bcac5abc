// What Service A answers about one element or a change.
//
// Each answer of a change has its `revision`: the offset of its event. A reader that has followed the changes that far has seen it. `position`
// has the log's epoch as well; at the edge it is `Fountain-Offset`. Only answers that an earlier version stored lack it.

public import Bus

/// The number that a new element got.
public struct SequenceNumberAssigned: Codable, Sendable, Equatable {
    public let sequenceNumber: Int
    public let comment: Comment
    public let revision: UInt64
    public var position: LogPosition?

    public init(sequenceNumber: Int, comment: Comment, revision: UInt64) {
        self.sequenceNumber = sequenceNumber
        self.comment = comment
        self.revision = revision
    }
}

/// An element that has another number now.
public struct MovedElement: Codable, Sendable, Equatable {
    public let elementType: ElementType
    public let elementId: ElementID
    public let oldSequenceNumber: Int
    public let newSequenceNumber: Int

    public init(elementType: ElementType, elementId: ElementID, oldSequenceNumber: Int, newSequenceNumber: Int) {
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
    public let revision: UInt64
    public var position: LogPosition?

    public init(reorderedElements: [MovedElement], comment: String, revision: UInt64) {
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
    public let revision: UInt64
    public var position: LogPosition?

    public init(movedElements: [MovedElement], comment: String, revision: UInt64) {
        self.movedElements = movedElements
        self.comment = comment
        self.revision = revision
    }
}

/// The number that a new version got.
public struct VersionAssigned: Codable, Sendable, Equatable {
    public let versionNumber: Int
    public let comment: Comment
    public let revision: UInt64
    public var position: LogPosition?

    public init(versionNumber: Int, comment: Comment, revision: UInt64) {
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
    public let revision: UInt64
    public var position: LogPosition?

    public init(deletedElements: Int, comment: String, revision: UInt64) {
        self.deletedElements = deletedElements
        self.comment = comment
        self.revision = revision
    }
}

/// An element with its latest version.
public struct SequenceElement: Codable, Sendable, Equatable {
    public let elementType: ElementType
    public let elementId: ElementID
    public let sequenceName: SequenceName
    public let sequenceNumber: Int
    public let versionNumber: Int
    public let comment: Comment
    /// The latest version's data; absent for an element that is as it was created.
    public let data: JSONText?
    /// Orders it among the elements of its sequence, as the events' `place` does; only its order means something.
    public let place: Int64
    /// Of its last change: a version, or a move of its own. Numbers that shift because others come and go do not count.
    public let revision: UInt64

    public init(
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

    public var reference: ElementReference {
        ElementReference(elementType: elementType, elementId: elementId, sequenceName: sequenceName)
    }
}
