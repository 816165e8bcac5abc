// An element of a sequence of Service A, read as one of a screenplay: its own words where it has them, what is likely where it has none.

import Bus
package import Contracts

package struct StoredElement: Sendable {
    package let type: ElementType
    package let id: ElementID
    package let revision: UInt64
    package let element: Element
    /// Whether it is as an import left it. Nobody's element, and one that somebody has changed since, is not.
    package let isImported: Bool

    package var neighbour: Neighbour { Neighbour(elementType: type, elementId: id) }

    /// A whole sequence, in its order.
    package static func all(_ elements: [SequenceElement]) -> [StoredElement] {
        var isTitlePage = true
        return elements.map { element in
            let stored = StoredElement(element, isOnTitlePage: isTitlePage)
            if stored.element.kind != .titleEntry, stored.element.kind != .layout { isTitlePage = false }
            return stored
        }
    }

    private init(_ stored: SequenceElement, isOnTitlePage: Bool) {
        (type, id, revision) = (stored.elementType, stored.elementId, stored.revision)
        let comment = stored.comment.text
        guard let details = stored.data.flatMap(Details.init), let kind = details.kind.flatMap(Element.Kind.init),
            kind.type == stored.elementType
        else {
            element = Readable.form(of: Element(Self.likely(stored.elementType, isOnTitlePage), comment))
            isImported = false
            return
        }
        var element = details.element(kind, comment: comment)
        let fits = element.comment.utf8.elementsEqual(comment.utf8) && details.mark == element.mark
        if !fits { (element.text, element.source) = (comment, nil) }
        self.element = fits ? element : Readable.form(of: element)
        isImported = fits
    }

    private static func likely(_ type: ElementType, _ isOnTitlePage: Bool) -> Element.Kind {
        switch type {
        case .script: isOnTitlePage ? .titleEntry : .note
        case .section: .section
        case .character: .character
        case .action: .action
        case .spokenWord: .dialogue
        }
    }
}
