// Many deletes at once beside a writer: one short transaction each, so nobody waits for the crowd. `make bench ARGS=order` has the figures.

import Bus
import Contracts
import ServiceA
import Testing

@Suite(.timeLimit(.minutes(2))) struct CrowdTests {
    @Test(arguments: StoreKind.allCases)
    func `sixty deletes at once leave a writer his turns, and every answer is true`(kind: StoreKind) async throws {
        let store = try kind.make()
        let edits = try (1...2_000).map { SequenceEdit.create(try creation(.action, $0)) }
        _ = try await store.change(ChangeSequence(changes: edits), once: nil)
        let before = try await store.changes().count
        let revisions = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for id in 1...60 { group.addTask { try await delete(id, in: store) } }
            for id in 2_001...2_060 {
                let created = try await store.create(try creation(.action, id), once: nil)
                // He is told the number that his element has at that moment: between all gone and none gone.
                #expect((id - 60...id).contains(created.sequenceNumber))
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(revisions).count == 60)
        #expect(try await store.order(of: .action) == Array(61...2_060))
        // One event a change, whatever stands behind it.
        let changes = try await store.changes()
        #expect(changes.count == before + 120)
        #expect(changes.dropFirst(before).allSatisfy { $0.others == nil })
    }

    private func delete(_ id: Int, in store: any SequenceStore) async throws -> UInt64 {
        let request = DeleteElement(elementType: .action, elementId: try #require(ElementID(id)))
        return try await store.delete(request, once: nil).revision
    }

    @Test(arguments: StoreKind.allCases) func `a page may begin at a number`(kind: StoreKind) async throws {
        let store = try kind.make()
        for id in 1...5 { try await store.create(.action, id) }
        func page(_ from: Int, after: PageCursor? = nil) async throws -> ElementPage {
            let limit = PageLimit(2)
            return try await store.list(ListElements(elementType: .action, limit: limit, after: after, from: from))
        }
        let middle = try await page(3)
        #expect(middle.elements.map(\.sequenceNumber) == [3, 4] && middle.elements.map(\.elementId.value) == [3, 4])
        #expect(middle.total == 5 && middle.next != nil)
        let beyond = try await page(6)
        #expect(beyond.elements.isEmpty && beyond.next == nil && beyond.total == 5)
        for (number, cursor) in [(0, nil), (-1, nil), (1, middle.next)] as [(Int, PageCursor?)] {
            let failure = await #expect(throws: Failure.self) { try await page(number, after: cursor) }
            #expect(failure?.fields?.map(\.field) == ["from"])
        }
    }
}
