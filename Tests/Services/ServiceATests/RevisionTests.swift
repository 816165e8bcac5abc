// Two people at once: who has read an older state is told so, and changes nothing.

import Bus
import Contracts
import ServiceA
import Testing

@Suite(.timeLimit(.minutes(1))) struct RevisionTests {
    @Test(arguments: StoreKind.allCases)
    func `of two who have read the same, the second is refused`(kind: StoreKind) async throws {
        let store = try kind.make()
        for id in 1...3 { try await store.create(.action, id) }
        let read = try await store.read(element(.action, 3)).revision
        try await store.move(.action, 3, to: 1, ifRevision: read)
        let failure = await #expect(throws: Failure.self) { try await store.move(.action, 3, to: 2, ifRevision: read) }
        #expect(failure?.code == .preconditionFailed)
        let present = try await store.read(element(.action, 3)).revision
        #expect(failure?.detail.contains("revision \(present) now") == true)
        #expect(try await store.order(of: .action) == [3, 1, 2])
    }

    @Test(arguments: StoreKind.allCases)
    func `version, delete, reorder and emptying take a condition as well`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await store.create(.action, 1)
        try await store.create(.action, 2)
        let id = try #require(ElementID(1))
        let attempts: [@Sendable () async throws -> Void] = [
            {
                let request = NewVersion(
                    elementType: .action,
                    elementId: id,
                    newVersionData: nil,
                    comment: nil,
                    ifRevision: 9
                )
                _ = try await store.addVersion(request, once: nil)
            },
            {
                let request = DeleteElement(elementType: .action, elementId: id, ifRevision: 9)
                _ = try await store.delete(request, once: nil)
            },
            {
                let request = ReorderElements(elementIds: [id], newOrder: [id], elementType: .action, ifRevision: 9)
                _ = try await store.reorder(request, once: nil)
            },
            {
                let request = EmptySequence(sequenceName: SequenceName(.action), ifRevision: 9)
                _ = try await store.empty(request, once: nil)
            },
        ]
        for attempt in attempts {
            let failure = await #expect(throws: Failure.self) { try await attempt() }
            #expect(failure?.code == .preconditionFailed)
        }
        #expect(try await store.changes().count == 2)
    }

    @Test(arguments: StoreKind.allCases)
    func `a number that shifts does not change an element's revision`(kind: StoreKind) async throws {
        let store = try kind.make()
        for id in 1...3 { try await store.create(.action, id) }
        let before = try await store.read(element(.action, 3))
        try await store.delete(element(.action, 1))
        let after = try await store.read(element(.action, 3))
        #expect(after.sequenceNumber == 2)
        #expect(after.revision == before.revision)
    }

    @Test(arguments: StoreKind.allCases)
    func `what a version leaves out stays as it was`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await store.create(.action, 1, "enters")
        #expect(try await store.addVersion(.action, 1, .object(["a": .integer(1)]), nil) == 2)
        #expect(try await store.addVersion(.action, 1, nil, "leaves") == 3)
        #expect(try await store.addVersion(.action, 1, nil, nil) == 4)
        let now = try await store.read(element(.action, 1))
        #expect(now.comment.text == "leaves")
        #expect(now.data?.value == .object(["a": .integer(1)]))
    }
}
