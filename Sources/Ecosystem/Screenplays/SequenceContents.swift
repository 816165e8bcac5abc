// A whole sequence as it was at one moment, read page by page.

package import Bus
package import Contracts
package import Screenplay

package struct SequenceContents: Sendable {
    package let elements: [StoredElement]
    /// Of its last change; nil for one that there has never been.
    package let revision: UInt64?

    /// So often it is read again where somebody has changed it between two pages.
    private static let attempts = 5

    /// - Throws: `Failure`; with `conflict` where it never stands still.
    package static func read(_ name: SequenceName, by node: Node) async throws -> SequenceContents {
        for _ in 1...attempts { if let contents = try await once(name, node) { return contents } }
        throw Failure(.conflict, "\"\(name.text)\" changes all the time. Try again when nobody works on it.")
    }

    /// Nil where it was another with the last page than with the first.
    private static func once(_ name: SequenceName, _ node: Node) async throws -> SequenceContents? {
        var (elements, after): ([SequenceElement], PageCursor?) = ([], nil)
        var revision: UInt64??
        repeat {
            guard let page = try await page(name, after, node) else { return nil }
            if let revision, revision != page.sequenceRevision { return nil }
            revision = page.sequenceRevision
            elements += page.elements
            after = page.next
        } while after != nil
        return SequenceContents(elements: StoredElement.all(elements), revision: revision ?? nil)
    }

    /// Nil where what ended the page before is not known any more.
    private static func page(_ name: SequenceName, _ after: PageCursor?, _ node: Node) async throws -> ElementPage? {
        let limit = PageLimit(PageLimitBounds.range.upperBound)
        let request = ListElements(sequenceName: name, limit: limit, after: after)
        do {
            return try await node.call(SequenceOperations.list, request, timeout: .seconds(30))
        } catch let failure as Failure where failure.code == .gone {
            return nil
        }
    }
}
