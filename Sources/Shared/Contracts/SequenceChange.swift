// One element has changed: all that an index needs to know to follow, without asking back.
//
// A reader that keeps, per element, the highest revision it has applied may receive these twice or in any order and still ends with the
// state of Service A. A change that moves several elements (a reorder; a delete, behind which the numbers close up) is several
// of these in one transaction, one for each.

public import Bus

public struct SequenceChange: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, CaseIterable, Sendable, SchemaProviding {
        /// The element is new.
        case created
        /// It has another number.
        case reordered
        /// It has a new version.
        case versioned
        /// It is gone; number, version and comment are its last.
        case deleted
    }

    public let kind: Kind
    public let elementType: ElementType
    public let elementId: ElementID
    public let sequenceNumber: Int
    public let versionNumber: Int
    public let comment: Comment
    /// Grows with every change in the ecosystem: of two changes of an element the higher one is the later. Also over delete and create.
    public let revision: UInt64

    public init(
        kind: Kind,
        elementType: ElementType,
        elementId: ElementID,
        sequenceNumber: Int,
        versionNumber: Int,
        comment: Comment,
        revision: UInt64
    ) {
        self.kind = kind
        self.elementType = elementType
        self.elementId = elementId
        self.sequenceNumber = sequenceNumber
        self.versionNumber = versionNumber
        self.comment = comment
        self.revision = revision
    }

    public var element: ElementReference { ElementReference(elementType: elementType, elementId: elementId) }
}
