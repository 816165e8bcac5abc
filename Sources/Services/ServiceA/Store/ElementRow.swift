// An element with its latest version, as a store keeps it. Its number is not here: that is computed from its place.
//
// A version's data may be a mebibyte, so it is read for those who ask for it alone. Who counts, moves or compares elements has them
// without (`StandingRow`), and thousands of them in one request are thousands of comments at most.

import Bus
import Contracts

/// All of an element but its data.
package struct StandingRow: Sendable, Equatable {
    let element: ElementReference
    /// The store's own number for its sequence.
    let sequence: Int64
    /// Orders it in its sequence.
    var place: Int64
    var version: Int
    var comment: Comment
    /// Of its last change.
    var revision: UInt64
    /// Of the change that put it where it stands.
    var placed: UInt64

    var neighbour: Neighbour { Neighbour(elementType: element.elementType, elementId: element.elementId) }

    func answer(number: Int, data: [UInt8]? = nil) -> SequenceElement {
        SequenceElement(
            element: element,
            sequenceNumber: number,
            versionNumber: version,
            comment: comment,
            data: data.map { JSONText(trusted: $0) },
            place: place,
            revision: revision
        )
    }

    /// The event of a change that this row is the outcome of.
    func change(_ kind: SequenceChange.Kind, number: Int, others: [SequenceChange.Placed] = [], revision: UInt64)
        -> SequenceChange
    {
        SequenceChange(
            kind: kind,
            element: element,
            sequenceNumber: number,
            versionNumber: version,
            comment: comment,
            place: place,
            others: others,
            revision: revision
        )
    }

    var placedAnew: SequenceChange.Placed {
        SequenceChange.Placed(elementType: element.elementType, elementId: element.elementId, place: place)
    }
}

/// An element with the latest version's data.
@dynamicMemberLookup
package struct ElementRow: Sendable, Equatable {
    var standing: StandingRow
    /// As it came.
    var data: [UInt8]?

    package subscript<Value>(dynamicMember member: KeyPath<StandingRow, Value>) -> Value { standing[keyPath: member] }

    func answer(number: Int) -> SequenceElement { standing.answer(number: number, data: data) }
}

/// A sequence that has, or has had, elements.
package struct SequenceRow: Sendable, Equatable {
    /// The store's own number for it; another one after it was emptied.
    let id: Int64
    let name: SequenceName
    /// Of its last change.
    var revision: UInt64
}
