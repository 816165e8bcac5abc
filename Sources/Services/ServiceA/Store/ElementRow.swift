// An element with its latest version, as a store reads it.

import Bus
import Contracts

struct ElementRow: Sendable {
    let element: ElementReference
    let number: Int
    let version: Int
    let comment: Comment
    /// JSON of the latest version's data.
    let data: [UInt8]?

    /// The same element at another place.
    func at(_ number: Int) -> ElementRow {
        ElementRow(element: element, number: number, version: version, comment: comment, data: data)
    }

    func change(_ kind: SequenceChange.Kind, revision: UInt64) -> SequenceChange {
        SequenceChange(
            kind: kind,
            elementType: element.elementType,
            elementId: element.elementId,
            sequenceNumber: number,
            versionNumber: version,
            comment: comment,
            revision: revision
        )
    }

    var answer: SequenceElement {
        SequenceElement(
            elementType: element.elementType,
            elementId: element.elementId,
            sequenceNumber: number,
            versionNumber: version,
            comment: comment,
            data: data.map { JSONText(trusted: $0) }
        )
    }
}

extension ElementRow {
    /// An element as it is created: version 1, without data.
    init(_ request: CreateElement, number: Int) {
        self.init(element: request.reference, number: number, version: 1, comment: request.comment, data: nil)
    }
}

extension CreateElement {
    var reference: ElementReference { ElementReference(elementType: elementType, elementId: elementId) }
}

extension NewVersion {
    var reference: ElementReference { ElementReference(elementType: elementType, elementId: elementId) }
}
