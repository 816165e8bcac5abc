// Reordering, held against every store: all or nothing, always a permutation, in the words of the original system.

import Bus
import Contracts
import ServiceA
import Testing

@Suite(.timeLimit(.minutes(1))) struct ReorderTests {
    private func storeOfFive(_ kind: StoreKind) async throws -> any SequenceStore {
        let store = try kind.make()
        for id in 1...5 { try await store.create(.section, id) }
        return store
    }

    @Test(arguments: StoreKind.allCases)
    func `the named elements share out their places in the wished order`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        let answer = try await store.reorder([1, 4, 2], to: [2, 4, 1], .section)
        #expect(answer.reorderedElements.map(\.elementId.value) == [2, 4, 1])
        #expect(answer.reorderedElements.map(\.oldSequenceNumber) == [2, 4, 1])
        #expect(answer.reorderedElements.map(\.newSequenceNumber) == [1, 2, 4])
        #expect(try await store.order(of: .section) == [2, 4, 3, 1, 5])
    }

    /// Taken as numbers, this would silently be the inverse.
    @Test(arguments: StoreKind.allCases)
    func `the order of the original's clients is the order that they get`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        try await store.reorder([1, 2, 3], to: [3, 1, 2], .section)
        #expect(try await store.order(of: .section) == [3, 1, 2, 4, 5])
        try await store.reorder([4, 5], to: [5, 4], .section)
        #expect(try await store.order(of: .section) == [3, 1, 2, 5, 4])
    }

    @Test(arguments: StoreKind.allCases)
    func `one event tells of all that moved, and the answer names nobody else`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        let answer = try await store.reorder([1, 2, 3], to: [2, 1, 3], .section)
        #expect(answer.reorderedElements.map(\.elementId.value) == [2, 1])
        let changes = try await store.changes()
        #expect(changes.count == 6)
        #expect(changes.last?.kind == .moved)
        #expect(changes.last?.elementId?.value == 2)
        #expect(changes.last?.sequenceNumber == 1)
        #expect(changes.last?.others?.map(\.elementId.value) == [1])
        #expect(answer.revision == 6)
    }

    @Test(arguments: StoreKind.allCases)
    func `an order that is there already changes nothing`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        let answer = try await store.reorder([1, 2, 3], to: [1, 2, 3], .section)
        #expect(answer.reorderedElements.isEmpty)
        #expect(answer.revision == 5)
        #expect(try await store.changes().count == 5)
    }

    @Test(arguments: StoreKind.allCases)
    func `without a type it works where one type has all the ids`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        try await store.create(.action, 1)
        try await store.reorder([1, 5], to: [5, 1], nil)
        #expect(try await store.order(of: .section) == [5, 2, 3, 4, 1])
        try await store.create(.action, 5)
        let failure = await #expect(throws: Failure.self) { try await store.reorder([1, 5], to: [5, 1], nil) }
        #expect(failure?.code == .invalidRequest)
        #expect(failure?.fields == [.init("elementType", "is required here: these ids exist as section, action")])
    }

    static let refused: [(ids: [Int], order: [Int], code: String, field: String)] = [
        ([], [], "invalid_request", "elementIds"),
        ([1, 2], [1], "invalid_request", "newOrder"),
        ([1, 1], [1, 2], "invalid_request", "elementIds.1"),
        ([1, 2], [2, 2], "invalid_request", "newOrder.1"),
        ([1, 2], [3, 1], "invalid_request", "newOrder.0"),
        ([1, 99], [99, 1], "not_found", "elementIds.1"),
    ]

    @Test(arguments: StoreKind.allCases, refused)
    func `what cannot be is refused as a whole and names the field`(
        kind: StoreKind,
        bad: (ids: [Int], order: [Int], code: String, field: String)
    ) async throws {
        let store = try await storeOfFive(kind)
        let failure = await #expect(throws: Failure.self) {
            try await store.reorder(bad.ids, to: bad.order, .section)
        }
        #expect(failure?.code.name == bad.code)
        #expect(failure?.fields?.map(\.field) == [bad.field])
        #expect(try await store.order(of: .section) == [1, 2, 3, 4, 5])
        #expect(try await store.changes().count == 5)
    }

    @Test(arguments: StoreKind.allCases)
    func `every read sees one order or the other`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for step in 0..<50 {
                    let order = step.isMultiple(of: 2) ? [5, 4, 3, 2, 1] : [1, 2, 3, 4, 5]
                    try await store.reorder([1, 2, 3, 4, 5], to: order, .section)
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<50 {
                        let order = try await store.order(of: .section)
                        #expect(order == [1, 2, 3, 4, 5] || order == [5, 4, 3, 2, 1])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `of concurrent moves each leaves a permutation`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        await withTaskGroup { group in
            for step in 0..<40 {
                group.addTask {
                    let (first, second) = (1 + step % 5, 1 + (step + 1) % 5)
                    _ = try? await store.reorder([first, second], to: [second, first], .section)
                }
            }
        }
        #expect(try await store.order(of: .section).sorted() == [1, 2, 3, 4, 5])
    }
}
