// The stores that the shared suite runs through, and short words for what the tests say often.

import Bus
import Contracts
import Foundation
import ServiceA
import Storage
import Testing

enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case inMemory, sqliteInMemory, sqliteFile

    var testDescription: String { rawValue }

    func make() throws -> any SequenceStore {
        switch self {
        case .inMemory: InMemorySequenceStore()
        case .sqliteInMemory: try SQLiteSequenceStore(.memory)
        case .sqliteFile: try SQLiteSequenceStore(.file(StoreKind.newPath()))
        }
    }

    /// A file that no other test uses; it goes with the machine's temporary directory.
    static func newPath() -> String {
        FileManager.default.temporaryDirectory.appending(path: "service-a-\(UUID().uuidString)/a.db").path
    }
}

func element(_ type: ElementType, _ id: Int) throws -> ElementReference {
    ElementReference(elementType: type, elementId: try #require(ElementID(id)))
}

extension SequenceStore {
    @discardableResult
    func create(
        _ type: ElementType,
        _ id: Int,
        _ comment: String = "",
        once claim: IdempotencyClaim? = nil
    ) async throws -> Int {
        let request = CreateElement(
            elementType: type,
            elementId: try #require(ElementID(id)),
            comment: try #require(Comment(comment))
        )
        return try await create(request, once: claim).sequenceNumber
    }

    @discardableResult
    func reorder(_ ids: [Int], to numbers: [Int], _ type: ElementType?) async throws -> ElementsReordered {
        let request = ReorderElements(
            elementIds: try ids.map { try #require(ElementID($0)) },
            newOrder: numbers,
            elementType: type
        )
        return try await reorder(request, once: nil)
    }

    func addVersion(_ type: ElementType, _ id: Int, _ data: JSONValue, _ comment: String) async throws -> Int {
        let request = NewVersion(
            elementType: type,
            elementId: try #require(ElementID(id)),
            newVersionData: try #require(JSONText(try PayloadCoding.encode(data))),
            comment: try #require(Comment(comment))
        )
        return try await addVersion(request, once: nil).versionNumber
    }

    /// The ids of a type in the order of their numbers, which must run 1 … n.
    func order(of type: ElementType) async throws -> [Int] {
        let page = try await list(ListElements(elementType: type, limit: PageLimit(1000)))
        #expect(page.elements.map(\.sequenceNumber) == (0..<page.total).map { $0 + 1 })
        return page.elements.map(\.elementId.value)
    }

    /// Every change so far.
    func changes() async throws -> [SequenceChange] {
        try await events.read(topic: SequenceOperations.changed.name, from: 1, limit: 100_000)
            .map { try $0.decode(SequenceOperations.changed) }
    }
}
