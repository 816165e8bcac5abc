// One change of a sequence, in one event whatever it was: all that a reader needs to follow, without asking back. Only where more than 10,000
// elements made room for one, further events say again where that one stands, and name the rest.
//
// A reader keeps for each element its version and its `place`, each with the revision as of which it knows it, and takes what is newer.
// Then it may receive changes twice or in any order and still ends with the state of Service A. The elements of a sequence stand in the
// order of their places, and an element's number is its rank in it: `Ordering.OrderedList` keeps such an order at O(log n) a change.
// No number of another element is ever sent: who stands behind a deleted one has moved up without an event.
//
// This is version 2 of the topic (`SequenceOperations.changed`). In version 1 each element whose number changed had an event of its own;
// who reads this as if it were that sees wrong numbers, so `sequence.changed` says its version wherever it is described or replayed.

public import Bus

/// The payload of `SequenceOperations.changed`, version 2: one event a change, whatever it was.
public struct SequenceChange: Codable, Sendable, Equatable {
    /// What happened to the element, or to the sequence.
    public enum Kind: String, Codable, CaseIterable, Sendable, SchemaProviding {
        /// The element is new.
        case created
        /// It has a new version.
        case versioned
        /// It stands elsewhere; `others` moved with it.
        case moved
        /// It is gone; number, version, comment and place are its last.
        case deleted
        /// The sequence has no elements any more, also none that this reader has not heard of yet.
        case emptied
    }

    /// An element that the same change gave another place.
    public struct Placed: Codable, Sendable, Equatable {
        /// With `elementId` what names it; its sequence is that of the change.
        public let elementType: ElementType
        /// The caller's number for it.
        public let elementId: ElementID
        /// Where it stands now; see `SequenceChange.place`.
        public let place: Int64

        package init(elementType: ElementType, elementId: ElementID, place: Int64) {
            self.elementType = elementType
            self.elementId = elementId
            self.place = place
        }
    }

    /// Says which of the fields below are there.
    public let kind: Kind
    /// The sequence that was changed.
    public let sequenceName: SequenceName
    /// Absent where the whole sequence was emptied; so are the next five.
    public let elementType: ElementType?
    /// The caller's number for the element.
    public let elementId: ElementID?
    /// Its number right after the change, for `deleted` right before it. True at this revision; a later change elsewhere shifts it.
    public let sequenceNumber: Int?
    /// Of its latest version, from 1; of two that a reader has, the higher is the later.
    public let versionNumber: Int?
    /// Of its latest version.
    public let comment: Comment?
    /// Orders it among the elements of its sequence. Only the order means something: places have gaps.
    public let place: Int64?
    /// Elements with another place: those that moved as well, and those that made room without changing their order.
    public let others: [Placed]?
    /// Grows with every change in the ecosystem: of two changes of an element the higher one is the later. Also over delete and create.
    public let revision: UInt64

    package init(
        kind: Kind,
        element: ElementReference,
        sequenceNumber: Int,
        versionNumber: Int,
        comment: Comment,
        place: Int64,
        others: [Placed] = [],
        revision: UInt64
    ) {
        self.kind = kind
        sequenceName = element.sequence
        elementType = element.elementType
        elementId = element.elementId
        self.sequenceNumber = sequenceNumber
        self.versionNumber = versionNumber
        self.comment = comment
        self.place = place
        self.others = others.isEmpty ? nil : others
        self.revision = revision
    }

    /// A sequence that was emptied.
    public init(emptied sequence: SequenceName, revision: UInt64) {
        kind = .emptied
        sequenceName = sequence
        (elementType, elementId, sequenceNumber, versionNumber) = (nil, nil, nil, nil)
        (comment, place, others) = (nil, nil, nil)
        self.revision = revision
    }

    /// The element that it is about; `nil` for a whole sequence.
    public var element: ElementReference? {
        guard let elementType, let elementId else { return nil }
        return ElementReference(elementType: elementType, elementId: elementId, sequenceName: sequenceName)
    }
}
