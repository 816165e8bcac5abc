// What Service A answers.

public import Bus

/// The number that a new element got.
public struct SequenceNumberAssigned: Codable, Sendable, Equatable {
    public let sequenceNumber: Int
    public let comment: Comment

    public init(sequenceNumber: Int, comment: Comment) {
        self.sequenceNumber = sequenceNumber
        self.comment = comment
    }
}

/// Who moved from where to where, in the order of the request.
public struct ElementsReordered: Codable, Sendable, Equatable {
    public struct Move: Codable, Sendable, Equatable {
        public let elementId: ElementID
        public let oldSequenceNumber: Int
        public let newSequenceNumber: Int

        public init(elementId: ElementID, oldSequenceNumber: Int, newSequenceNumber: Int) {
            self.elementId = elementId
            self.oldSequenceNumber = oldSequenceNumber
            self.newSequenceNumber = newSequenceNumber
        }
    }

    public let reorderedElements: [Move]
    /// What was done, for people.
    public let comment: String

    public init(reorderedElements: [Move], comment: String) {
        self.reorderedElements = reorderedElements
        self.comment = comment
    }
}

/// The number that a new version got.
public struct VersionAssigned: Codable, Sendable, Equatable {
    public let versionNumber: Int
    public let comment: Comment

    public init(versionNumber: Int, comment: Comment) {
        self.versionNumber = versionNumber
        self.comment = comment
    }
}

/// An element with its latest version.
public struct SequenceElement: Codable, Sendable, Equatable {
    public let elementType: ElementType
    public let elementId: ElementID
    public let sequenceNumber: Int
    public let versionNumber: Int
    public let comment: Comment
    /// The latest version's data; absent for an element that is as it was created.
    public let data: JSONText?

    public init(
        elementType: ElementType,
        elementId: ElementID,
        sequenceNumber: Int,
        versionNumber: Int,
        comment: Comment,
        data: JSONText?
    ) {
        self.elementType = elementType
        self.elementId = elementId
        self.sequenceNumber = sequenceNumber
        self.versionNumber = versionNumber
        self.comment = comment
        self.data = data
    }
}

/// A page of elements.
public struct ElementPage: Codable, Sendable, Equatable {
    public let elements: [SequenceElement]
    /// How many the type has in all.
    public let total: Int
    /// What to send as `after` for the next page; absent on the last.
    public let next: Int?
    /// Changes up to this revision are in the page, later ones are not: who follows the changes goes on behind it.
    public let revision: UInt64

    public init(elements: [SequenceElement], total: Int, next: Int?, revision: UInt64) {
        self.elements = elements
        self.total = total
        self.next = next
        self.revision = revision
    }
}

/// A page of versions.
public struct VersionPage: Codable, Sendable, Equatable {
    public struct Version: Codable, Sendable, Equatable {
        public let versionNumber: Int
        public let comment: Comment
        public let data: JSONText?
        /// RFC 3339, UTC.
        public let createdAt: String

        public init(versionNumber: Int, comment: Comment, data: JSONText?, createdAt: String) {
            self.versionNumber = versionNumber
            self.comment = comment
            self.data = data
            self.createdAt = createdAt
        }
    }

    public let versions: [Version]
    /// What to send as `after` for the next page; absent on the last.
    public let next: Int?

    public init(versions: [Version], next: Int?) {
        self.versions = versions
        self.next = next
    }
}
