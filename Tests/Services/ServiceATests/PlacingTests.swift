// Where a new element stands, and moving one or a run: held against every store.

import Bus
import Contracts
import Testing

@testable import ServiceA

@Suite(.timeLimit(.minutes(1))) struct PlacingTests {
    private func storeOfFive(_ kind: StoreKind) async throws -> any SequenceStore {
        let store = try kind.make()
        for id in 1...5 { try await store.create(.action, id) }
        return store
    }

    @Test(arguments: StoreKind.allCases)
    func `a new element stands where it was asked to, and the numbers behind it open`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        #expect(try await store.create(creation(.action, 6, at: 1), once: nil).sequenceNumber == 1)
        let behind = try await store.create(creation(.action, 7, after: neighbour(.action, 2)), once: nil)
        #expect(behind.sequenceNumber == 4)
        let before = try await store.create(creation(.action, 8, before: neighbour(.action, 5)), once: nil)
        #expect(before.sequenceNumber == 7)
        #expect(try await store.create(creation(.action, 9, at: 9), once: nil).sequenceNumber == 9)
        #expect(try await store.order(of: .action) == [6, 1, 2, 7, 3, 4, 8, 5, 9])
        #expect(try await store.changes().count == 9, "one event each")
    }

    @Test(arguments: StoreKind.allCases)
    func `a place that is not there is refused, naming the field`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        let wishes: [(CreateElement, ErrorCode, String)] = [
            (try creation(.action, 6, at: 0), .invalidRequest, "at"),
            (try creation(.action, 6, at: 7), .invalidRequest, "at"),
            (try creation(.action, 6, at: .max), .invalidRequest, "at"),
            (try creation(.action, 6, at: .min), .invalidRequest, "at"),
            (try creation(.action, 6, at: 1, before: neighbour(.action, 1)), .invalidRequest, "at"),
            (try creation(.action, 6, before: neighbour(.action, 99)), .notFound, "before"),
            (try creation(.script, 6, after: neighbour(.script, 1)), .notFound, "after"),
            (try creation(.script, 6, at: 2), .invalidRequest, "at"),
        ]
        for (request, code, field) in wishes {
            let failure = await #expect(throws: Failure.self) { try await store.create(request, once: nil) }
            #expect(failure?.code == code)
            #expect(failure?.fields?.first?.field == field)
        }
        #expect(try await store.changes().count == 5)
        #expect(try await store.sequences(ListSequences()).sequences.count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `one element moves, by number or by neighbour`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        let moved = try await store.move(.action, 5, to: 1)
        #expect(moved.movedElements.map(\.oldSequenceNumber) == [5])
        #expect(moved.movedElements.map(\.newSequenceNumber) == [1])
        #expect(try await store.order(of: .action) == [5, 1, 2, 3, 4])
        try await store.move(.action, 5, after: neighbour(.action, 2))
        #expect(try await store.order(of: .action) == [1, 2, 5, 3, 4])
        try await store.move(.action, 1, before: neighbour(.action, 4))
        #expect(try await store.order(of: .action) == [2, 5, 3, 1, 4])
        try await store.move(.action, 2, to: 5)
        #expect(try await store.order(of: .action) == [5, 3, 1, 4, 2])
        #expect(try await store.changes().count == 9)
    }

    @Test(arguments: StoreKind.allCases)
    func `a run moves as a whole, with one event`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        let moved = try await store.move(.action, 1, count: 3, to: 3)
        #expect(moved.movedElements.map(\.elementId.value) == [1, 2, 3])
        #expect(moved.movedElements.map(\.newSequenceNumber) == [3, 4, 5])
        #expect(try await store.order(of: .action) == [4, 5, 1, 2, 3])
        try await store.move(.action, 2, count: 2, before: neighbour(.action, 5))
        #expect(try await store.order(of: .action) == [4, 2, 3, 5, 1])
        let changes = try await store.changes()
        #expect(changes.count == 7)
        #expect(changes[5].others?.map(\.elementId.value) == [2, 3])
    }

    @Test(arguments: StoreKind.allCases)
    func `a move to where it stands is no change`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        #expect(try await store.move(.action, 2, to: 2).movedElements.isEmpty)
        #expect(try await store.changes().count == 5)
        #expect(try await store.move(.action, 2, before: neighbour(.action, 3)).movedElements.isEmpty)
        #expect(try await store.order(of: .action) == [1, 2, 3, 4, 5])
    }

    @Test(arguments: StoreKind.allCases)
    func `a move that cannot be is refused, naming the field`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        let attempts: [(String, @Sendable () async throws -> Void)] = [
            ("to", { _ = try await store.move(.action, 1) }),
            ("to", { _ = try await store.move(.action, 1, to: 0) }),
            ("to", { _ = try await store.move(.action, 1, to: 6) }),
            ("to", { _ = try await store.move(.action, 1, count: 2, to: 5) }),
            ("to", { _ = try await store.move(.action, 1, to: .max) }),
            ("count", { _ = try await store.move(.action, 4, count: 3, to: 1) }),
            ("count", { _ = try await store.move(.action, 4, count: 0, to: 1) }),
            ("count", { _ = try await store.move(.action, 4, count: .max, to: 1) }),
            ("before", { _ = try await store.move(.action, 1, count: 2, before: neighbour(.action, 2)) }),
            ("after", { _ = try await store.move(.action, 1, after: neighbour(.action, 1)) }),
            ("after", { _ = try await store.move(.action, 1, after: neighbour(.action, 77)) }),
        ]
        for (field, attempt) in attempts {
            let failure = await #expect(throws: Failure.self) { try await attempt() }
            #expect(failure?.fields?.first?.field == field)
        }
        #expect(try await store.order(of: .action) == [1, 2, 3, 4, 5])
        #expect(try await store.changes().count == 5)
    }

    /// So many insertions at one spot use up what lies between two places; others make room, and nobody's number is wrong.
    @Test(arguments: [StoreKind.inMemory, .sqliteInMemory])
    func `room is made where there is none, and followers hear of it`(kind: StoreKind) async throws {
        let store = try await storeOfFive(kind)
        for id in 100..<200 {
            _ = try await store.create(creation(.action, id, after: neighbour(.action, 2)), once: nil)
        }
        let expected = [1, 2] + (100..<200).reversed() + [3, 4, 5]
        #expect(try await store.order(of: .action) == expected)
        let changes = try await store.changes()
        #expect(changes.count == 105)
        var follower = Follower()
        for change in changes.reversed() { follower.apply(change) }
        #expect(follower.order(of: SequenceName(.action)) == expected)
    }

    /// As with ten thousand others and more at once, which no message would hold.
    @Test(arguments: StoreKind.allCases)
    func `room that many made is told in several events, and followers hear of all of it`(kind: StoreKind)
        async throws
    {
        try await makeRoom(try await storeOfFive(kind))
    }

    private func makeRoom(_ store: some SequenceStore) async throws {
        for id in 100..<200 {
            let request = try creation(.action, id, after: neighbour(.action, 2))
            let made = try await store.edit { try $0.create(request) }
            #expect(try await store.read(element(.action, id)).revision == made.revision)
        }
        let run = MoveElement(elementType: .action, elementId: try #require(ElementID(150)), count: 10, to: 1)
        let moved = try await store.edit { try $0.move(run) }
        let expected =
            (141...150).reversed() + [1, 2] + (151..<200).reversed() + (100...140).reversed() + [3, 4, 5]
        #expect(try await store.order(of: .action) == expected)
        let changes = try await store.changes()
        #expect(changes.count > 106)
        #expect(changes.last?.revision == moved.revision)
        #expect(changes.allSatisfy { $0.others?.count ?? 0 <= 4 })
        #expect(changes.count { $0.kind == .created } == 105)
        for order in [changes, changes.reversed()] {
            var follower = Follower()
            for change in order { follower.apply(change) }
            #expect(follower.order(of: SequenceName(.action)) == expected)
        }
    }
}

extension SequenceStore {
    /// A change whose events name four others at most.
    fileprivate func edit<Answer: Codable & Sendable>(
        _ body: @escaping @Sendable (SequenceEditor<Tables>) throws -> Answer
    ) async throws -> Answer {
        try await write(nil, .one) { editor in
            var editor = editor
            editor.mostNamed = 4
            return try body(editor)
        }
    }
}
