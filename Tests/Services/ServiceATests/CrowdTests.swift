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

    /// Closures of one batch share what is yet to be written (`DeferredWrites`).
    @Test(arguments: StoreKind.allCases)
    func `whoever fails in a crowd leaves nothing behind, and takes nothing with him`(kind: StoreKind)
        async throws
    {
        let store = try kind.make()
        try await store.create(.action, 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 2...40 {
                group.addTask { _ = try await store.create(.action, id) }
                group.addTask {
                    // Its first change goes well, its second one cannot.
                    let edits = [
                        SequenceEdit.create(try creation(.action, 1_000 + id)), .create(try creation(.action, 1)),
                    ]
                    await #expect(throws: Failure.self) {
                        try await store.change(ChangeSequence(changes: edits, atomic: true), once: nil)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.order(of: .action).sorted() == Array(1...40))
        let sequence = try await store.elements(SequenceName(.action))
        for element in sequence.shuffled().prefix(20) {
            let found = try await store.read(try ServiceATests.element(.action, element.elementId.value))
            #expect(found.sequenceNumber == element.sequenceNumber)
        }
        #expect(try await store.changes().count == 40)
    }

    @Test(arguments: StoreKind.allCases)
    func `sequences that come, go and are swept in a crowd count right, again and again`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in ["north", "east", "south", "west"] {
                group.addTask {
                    for turn in 1...4 {
                        for id in 1...3 { try await store.create(.script, id, in: name) }
                        try await store.delete(try element(.script, 2, in: name))
                        #expect(try await store.order(of: .script, in: name) == [1, 3])
                        guard turn < 4 else { return }
                        let name = try #require(SequenceName(name))
                        _ = try await store.empty(EmptySequence(sequenceName: name), once: nil)
                    }
                }
                group.addTask { for _ in 1...8 { while try await store.sweep() { try Task.checkCancellation() } } }
            }
            try await group.waitForAll()
        }
        while try await store.sweep() { try Task.checkCancellation() }
        for name in ["north", "east", "south", "west"] {
            #expect(try await store.order(of: .script, in: name) == [1, 3])
        }
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
