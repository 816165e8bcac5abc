// The rules of `SequenceOperations`, held against every store.

import Bus
import Contracts
import ServiceA
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct SequenceStoreTests {
    @Test(arguments: StoreKind.allCases) func `each type counts its own numbers from 1`(kind: StoreKind) async throws {
        let store = try kind.make()
        #expect(try await store.create(.script, 7) == 1)
        #expect(try await store.create(.script, 3) == 2)
        #expect(try await store.create(.action, 7) == 1)
        #expect(try await store.order(of: .script) == [7, 3])
    }

    @Test(arguments: StoreKind.allCases)
    func `an element that is there is a conflict and takes no number`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await store.create(.script, 1, "first")
        let failure = await #expect(throws: Failure.self) { try await store.create(.script, 1, "second") }
        #expect(failure?.code == .conflict)
        #expect(failure?.detail.contains("sequence number is 1") == true)
        #expect(try await store.create(.script, 2) == 2)
        #expect(try await store.read(element(.script, 1)).comment.text == "first")
    }

    @Test(arguments: StoreKind.allCases)
    func `sixteen clients at once get every number once`(kind: StoreKind) async throws {
        let store = try kind.make()
        let numbers = try await withThrowingTaskGroup(of: [Int].self) { group in
            for client in 0..<16 {
                group.addTask {
                    var numbers: [Int] = []
                    for step in 1...25 { numbers.append(try await store.create(.spokenWord, client * 100 + step)) }
                    return numbers
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(numbers.sorted() == Array(1...400))
        #expect(try await store.order(of: .spokenWord).count == 400)
    }

    @Test(arguments: StoreKind.allCases)
    func `versions go up by one and history keeps them all`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await store.create(.section, 1, "draft")
        #expect(try await store.addVersion(.section, 1, .object(["act": .integer(3)]), "second") == 2)
        #expect(try await store.addVersion(.section, 1, .null, "third") == 3)
        let now = try await store.read(element(.section, 1))
        #expect(now.versionNumber == 3)
        #expect(now.comment.text == "third")
        #expect(now.sequenceNumber == 1)
        let history = try await store.history(ListVersions(elementType: .section, elementId: #require(ElementID(1))))
        #expect(history.versions.map(\.versionNumber) == [1, 2, 3])
        #expect(history.versions.map(\.comment.text) == ["draft", "second", "third"])
        #expect(history.versions[1].data?.value == .object(["act": .integer(3)]))
        #expect(history.next == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `concurrent versions of one element get every number once`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await store.create(.section, 1)
        let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<40 { group.addTask { try await store.addVersion(.section, 1, .null, "") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(numbers.sorted() == Array(2...41))
    }

    @Test(arguments: StoreKind.allCases)
    func `what is not there is not found`(kind: StoreKind) async throws {
        let store = try kind.make()
        let absent = try element(.action, 9)
        let attempts: [@Sendable () async throws -> Void] = [
            { _ = try await store.read(absent) },
            { _ = try await store.addVersion(.action, 9, .null, "") },
            { try await store.delete(absent) },
            { _ = try await store.history(ListVersions(elementType: .action, elementId: absent.elementId)) },
        ]
        for attempt in attempts {
            let failure = await #expect(throws: Failure.self) { try await attempt() }
            #expect(failure?.code == .notFound)
        }
        #expect(try await store.changes().isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `a delete closes up behind itself`(kind: StoreKind) async throws {
        let store = try kind.make()
        for id in 11...15 { try await store.create(.action, id) }
        try await store.create(.script, 12)
        try await store.delete(element(.action, 12))
        #expect(try await store.order(of: .action) == [11, 13, 14, 15])
        #expect(try await store.order(of: .script) == [12], "another type's numbers stay")
        #expect(try await store.create(.action, 12) == 5)
        #expect(try await store.read(element(.action, 12)).versionNumber == 1, "a new element, not the old one")
    }

    @Test(arguments: StoreKind.allCases)
    func `pages together are the whole list`(kind: StoreKind) async throws {
        let store = try kind.make()
        for id in 1...7 { try await store.create(.character, id) }
        var (ids, after): ([Int], PageCursor?) = ([], nil)
        repeat {
            let page = try await store.list(ListElements(elementType: .character, limit: PageLimit(3), after: after))
            #expect(page.total == 7)
            ids += page.elements.map(\.elementId.value)
            after = page.next
        } while after != nil
        #expect(ids == Array(1...7))
        var empty = try await store.list(ListElements(elementType: .script))
        #expect(empty.position?.offset == 7)
        // The epoch is random.
        empty.position = nil
        #expect(
            empty == ElementPage(elements: [], total: 0, next: nil, revision: 7, sequenceRevision: nil),
            "seven changes so far"
        )
    }

    @Test(arguments: StoreKind.allCases, [2, 3, 5])
    func `a follower of the changes in any order ends where the store is`(kind: StoreKind, seed: Int) async throws {
        let store = try kind.make()
        for id in 1...9 { try await store.create(.section, id) }
        try await store.reorder([1, 9, 4], to: [9, 4, 1], .section)
        try await store.move(.section, 3, count: 2, to: 1)
        _ = try await store.create(creation(.section, 20, at: 2), once: nil)
        try await store.delete(element(.section, 5))
        _ = try await store.addVersion(.section, 2, .null, "again")
        try await store.create(.section, 5)
        try await store.delete(element(.section, 1))

        let changes = try await store.changes()
        #expect(changes.map(\.revision) == Array(1...UInt64(changes.count)))
        var follower = Follower()
        let shuffled = changes.enumerated().sorted { ($0.offset * seed) % 11 > ($1.offset * seed) % 11 }.map(\.element)
        for change in shuffled + changes.prefix(5) { follower.apply(change) }
        #expect(follower.order(of: SequenceName(.section)) == (try await store.order(of: .section)))
    }
}
