// The stores that the shared suite runs through, and short words for what the tests say often.

import Bus
import Contracts
import DatabaseServer
import Foundation
import ServiceA
import Storage
import Testing

enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case inMemory, sqliteInMemory, sqliteFile, postgreSQL

    var testDescription: String { rawValue }

    func make(_ limits: StoreLimits = StoreLimits()) throws -> any SequenceStore {
        guard var location = try location() else { return InMemorySequenceStore(limits) }
        location.limits = limits
        return try DatabaseSequenceStore(location)
    }

    private func location() throws -> DatabaseLocation? {
        switch self {
        case .inMemory: nil
        case .sqliteInMemory: .memory
        case .sqliteFile: .file(StoreKind.newPath())
        case .postgreSQL: .schema(DatabaseServer.newSchema(), on: [try DatabaseServer.shared.get().server])
        }
    }

    /// A file that no other test uses; it goes with the machine's temporary directory.
    static func newPath() -> String {
        FileManager.default.temporaryDirectory.appending(path: "service-a-\(UUID().uuidString)/a.db").path
    }
}

func element(_ type: ElementType, _ id: Int, in name: String? = nil) throws -> ElementReference {
    ElementReference(
        elementType: type,
        elementId: try #require(ElementID(id)),
        sequenceName: try name.map { try #require(SequenceName($0)) }
    )
}

func neighbour(_ type: ElementType, _ id: Int) throws -> Neighbour {
    Neighbour(elementType: type, elementId: try #require(ElementID(id)))
}

func creation(
    _ type: ElementType,
    _ id: Int,
    _ comment: String = "",
    in name: String? = nil,
    at: Int? = nil,
    before: Neighbour? = nil,
    after: Neighbour? = nil
) throws -> CreateElement {
    CreateElement(
        elementType: type,
        elementId: try #require(ElementID(id)),
        comment: try #require(Comment(comment)),
        sequenceName: try name.map { try #require(SequenceName($0)) },
        at: at,
        before: before,
        after: after
    )
}

extension SequenceStore {
    @discardableResult
    func create(
        _ type: ElementType,
        _ id: Int,
        _ comment: String = "",
        in name: String? = nil,
        once claim: IdempotencyClaim? = nil
    ) async throws -> Int {
        try await create(try creation(type, id, comment, in: name), once: claim).sequenceNumber
    }

    @discardableResult
    func reorder(_ ids: [Int], to order: [Int], _ type: ElementType?, in name: String? = nil) async throws
        -> ElementsReordered
    {
        let request = ReorderElements(
            elementIds: try ids.map { try #require(ElementID($0)) },
            newOrder: try order.map { try #require(ElementID($0)) },
            elementType: type,
            sequenceName: try name.map { try #require(SequenceName($0)) }
        )
        return try await reorder(request, once: nil)
    }

    @discardableResult
    func move(
        _ type: ElementType,
        _ id: Int,
        count: Int? = nil,
        to: Int? = nil,
        before: Neighbour? = nil,
        after: Neighbour? = nil,
        ifRevision: UInt64? = nil
    ) async throws -> ElementsMoved {
        let request = MoveElement(
            elementType: type,
            elementId: try #require(ElementID(id)),
            count: count,
            to: to,
            before: before,
            after: after,
            ifRevision: ifRevision.map { RevisionCondition($0) }
        )
        return try await move(request, once: nil)
    }

    func addVersion(_ type: ElementType, _ id: Int, _ data: JSONValue?, _ comment: String?) async throws -> Int {
        let request = NewVersion(
            elementType: type,
            elementId: try #require(ElementID(id)),
            newVersionData: try data.map { try #require(JSONText(try PayloadCoding.encode($0))) },
            comment: try comment.map { try #require(Comment($0)) }
        )
        return try await addVersion(request, once: nil).versionNumber
    }

    func delete(_ element: ElementReference, once claim: IdempotencyClaim? = nil) async throws {
        let request = DeleteElement(
            elementType: element.elementType,
            elementId: element.elementId,
            sequenceName: element.sequenceName
        )
        _ = try await delete(request, once: claim)
    }

    /// The ids of a sequence in the order of their numbers, which must run 1 … n, page by page.
    func order(of type: ElementType, in name: String? = nil) async throws -> [Int] {
        try await elements(try name.map { try #require(SequenceName($0)) } ?? SequenceName(type))
            .map(\.elementId.value)
    }

    /// A sequence's elements; their numbers must run 1 … n.
    func elements(_ name: SequenceName) async throws -> [SequenceElement] {
        var (elements, after, total): ([SequenceElement], PageCursor?, Int) = ([], nil, 0)
        repeat {
            let page = try await list(ListElements(sequenceName: name, limit: PageLimit(1000), after: after))
            elements += page.elements
            (after, total) = (page.next, page.total)
        } while after != nil
        #expect(elements.map(\.sequenceNumber) == (0..<total).map { $0 + 1 })
        return elements
    }

    /// Every change so far.
    func changes() async throws -> [SequenceChange] {
        try await events.read(topic: SequenceOperations.changed.name, from: 1, limit: 100_000)
            .map { try $0.decode(SequenceOperations.changed) }
    }
}
