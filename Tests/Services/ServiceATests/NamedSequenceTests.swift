// Sequences with names: a play holds elements of any type in one order, and two plays do not meet.

import Bus
import Contracts
import Testing

@testable import ServiceA

@Suite(.timeLimit(.minutes(1))) struct NamedSequenceTests {
    @Test(arguments: StoreKind.allCases)
    func `a play holds elements of any type in one order`(kind: StoreKind) async throws {
        let store = try kind.make()
        #expect(try await store.create(.section, 1, in: "hamlet") == 1)
        #expect(try await store.create(.character, 1, in: "hamlet") == 2)
        #expect(try await store.create(.spokenWord, 1, in: "hamlet") == 3)
        #expect(try await store.create(.character, 1, in: "macbeth") == 1)
        #expect(try await store.create(.character, 1) == 1)
        let play = try await store.elements(try #require(SequenceName("hamlet")))
        #expect(play.map(\.elementType) == [.section, .character, .spokenWord])
        #expect(play.map(\.reference.key) == ["hamlet/section_1", "hamlet/character_1", "hamlet/spokenWord_1"])
        #expect(try await store.read(element(.character, 1)).reference.key == "character_1")
    }

    @Test(arguments: StoreKind.allCases)
    func `the name of the type is the sequence without a name`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await store.create(.script, 1)
        let failure = await #expect(throws: Failure.self) { try await store.create(.script, 1, in: "script") }
        #expect(failure?.code == .conflict)
        #expect(try await store.read(element(.script, 1, in: "script")).sequenceNumber == 1)
        let foreign = await #expect(throws: Failure.self) { try await store.create(.action, 1, in: "script") }
        #expect(foreign?.fields?.first?.field == "sequenceName")
    }

    @Test(arguments: StoreKind.allCases)
    func `a type's elements in a play are listed with their numbers in the play`(kind: StoreKind) async throws {
        let store = try kind.make()
        for id in 1...30 {
            try await store.create(.character, id, in: "hamlet")
            try await store.create(.spokenWord, id, in: "hamlet")
        }
        var (numbers, after): ([Int], PageCursor?) = ([], nil)
        repeat {
            let request = ListElements(
                elementType: .spokenWord,
                sequenceName: SequenceName("hamlet"),
                limit: PageLimit(7),
                after: after
            )
            let page = try await store.list(request)
            numbers += page.elements.map(\.sequenceNumber)
            after = page.next
        } while after != nil
        #expect(numbers == (1...30).map { $0 * 2 })
    }

    @Test(arguments: StoreKind.allCases)
    func `a page of a rare type ends where it has passed over many others, and the next one looks further`(
        kind: StoreKind
    ) async throws {
        let store = try kind.make()
        let changes = try (1...5_001).map { SequenceEdit.create(try creation(.character, $0, in: "hamlet")) }
        _ = try await store.change(ChangeSequence(changes: changes), once: nil)
        try await store.create(.action, 1, in: "hamlet")
        func page(_ after: PageCursor?) async throws -> ElementPage {
            try await store.list(
                ListElements(
                    elementType: .action,
                    sequenceName: SequenceName("hamlet"),
                    limit: PageLimit(1),
                    after: after
                )
            )
        }
        let first = try await page(nil)
        #expect(first.elements.isEmpty)
        let next = try #require(first.next)
        let second = try await page(next)
        #expect(second.elements.map(\.sequenceNumber) == [5_002])
        #expect(second.next == nil)
    }

    /// A page of one type may pass over thousands, which no loop may wait for.
    @Test func `a page of a rare type is not read among few rows`() throws {
        let (name, limit) = (SequenceName("hamlet"), PageLimit(1))
        #expect(ListElements(elementType: .action, sequenceName: name, limit: limit).rows == .max)
        #expect(ListElements(sequenceName: name, limit: limit).rows == 1)
        #expect(ListElements(elementType: .action, limit: limit).rows == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `emptying removes all in one step and leaves other sequences alone`(kind: StoreKind) async throws {
        let store = try kind.make()
        for id in 1...20 { try await store.create(.action, id, in: "hamlet") }
        try await store.create(.action, 1, in: "macbeth")
        let emptied = try await store.empty(
            EmptySequence(sequenceName: try #require(SequenceName("hamlet"))),
            once: nil
        )
        #expect(emptied.deletedElements == 20)
        #expect(try await store.order(of: .action, in: "hamlet").isEmpty)
        #expect(try await store.order(of: .action, in: "macbeth") == [1])
        #expect(try await store.changes().last?.kind == .emptied)
        #expect(try await store.changes().count == 22)
        #expect(try await store.create(.action, 5, in: "hamlet") == 1)
        while try await store.sweep() { try Task.checkCancellation() }
        #expect(try await store.order(of: .action, in: "hamlet") == [5])
        #expect(try await store.read(element(.action, 5, in: "hamlet")).versionNumber == 1)
        let missing = await #expect(throws: Failure.self) {
            try await store.empty(EmptySequence(sequenceName: try #require(SequenceName("lear"))), once: nil)
        }
        #expect(missing?.code == .notFound)
    }

    @Test(arguments: StoreKind.allCases)
    func `the sequences that have elements are listed by name`(kind: StoreKind) async throws {
        let store = try kind.make()
        for name in ["b", "ä", "a", "c"] { try await store.create(.action, 1, in: name) }
        try await store.create(.script, 1)
        var (names, after): ([String], SequenceName?) = ([], nil)
        repeat {
            let page = try await store.sequences(ListSequences(limit: PageLimit(2), after: after))
            names += page.sequences.map(\.sequenceName.text)
            after = page.next
        } while after != nil
        #expect(names == ["a", "b", "c", "script", "ä"])
    }

    @Test(arguments: ["", "a/b", "a`b", " a", "a ", "a\u{7}", "\u{0}", String(repeating: "x", count: 101)])
    func `a name that could be mistaken is none`(text: String) {
        #expect(SequenceName(text) == nil)
    }

    @Test func `names that only look alike are two`() throws {
        let (composed, decomposed) = (try #require(SequenceName("\u{E9}")), try #require(SequenceName("e\u{301}")))
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }
}
