// Many changes in one request: all or none, or each by itself.

import Bus
import Contracts
import ServiceA
import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct BatchTests {
    private func edits() throws -> [SequenceEdit] {
        [
            .create(try creation(.action, 1)),
            .create(try creation(.action, 2)),
            .create(try creation(.action, 1)),
            .move(MoveElement(elementType: .action, elementId: try #require(ElementID(2)), to: 1)),
            .delete(DeleteElement(elementType: .action, elementId: try #require(ElementID(9)))),
            .delete(DeleteElement(elementType: .action, elementId: try #require(ElementID(1)))),
        ]
    }

    @Test(arguments: StoreKind.allCases)
    func `each line stands by itself and has its answer`(kind: StoreKind) async throws {
        let store = try kind.make()
        let answer = try await store.change(ChangeSequence(changes: try edits()), once: nil)
        #expect(answer.results.map(\.line) == Array(1...6))
        #expect(answer.results.map { $0.refused?.code } == [nil, nil, "conflict", nil, "not_found", nil])
        #expect(answer.done == 4)
        #expect(answer.refused == 2)
        #expect(answer.revision == 4)
        #expect(try await store.order(of: .action) == [2])
    }

    @Test(arguments: StoreKind.allCases)
    func `an atomic batch names the line that it failed at, and leaves nothing`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await store.create(.script, 1)
        let failure = await #expect(throws: Failure.self) {
            try await store.change(ChangeSequence(changes: try edits(), atomic: true), once: nil)
        }
        #expect(failure?.code == .conflict)
        #expect(failure?.detail.hasPrefix("Change 3: ") == true)
        #expect(failure?.fields?.first?.field == "changes.2.elementId")
        #expect(try await store.order(of: .action).isEmpty)
        #expect(try await store.changes().count == 1)
        #expect(try await store.create(.action, 1) == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `one key is for the whole, also where it takes several transactions`(kind: StoreKind) async throws {
        let store = try kind.make()
        let changes = ChangeSequence(changes: try (1...350).map { .create(try creation(.action, $0)) })
        let context = CallContext(operation: "service_a.sequence.batch", idempotencyKey: "k")
        let claim = try IdempotencyClaim(context, changes)
        let first = try await store.change(changes, once: claim)
        #expect(try await store.change(changes, once: claim) == first)
        #expect(first.done == 350)
        #expect(try await store.order(of: .action) == Array(1...350))
    }

    @Test func `a portion that may have been done is not said to be refused`() async throws {
        let store = DoubtfulStore(InMemorySequenceStore())
        let changes = ChangeSequence(changes: try (1...150).map { .create(try creation(.action, $0)) })
        let context = CallContext(operation: "service_a.sequence.batch", idempotencyKey: "k")
        let claim = try IdempotencyClaim(context, changes)
        let failure = await #expect(throws: Failure.self) { try await store.change(changes, once: claim) }
        #expect(failure?.code == .outcomeUnknown)
        // How many lines share a portion is for the clock to say.
        let done = try await store.order(of: .action).count
        #expect(
            try await store.order(of: .action) == Array(1...max(1, done)) && done > 1,
            "the first portion and the doubtful one"
        )
        #expect(try await store.change(changes, once: claim).done == 150, "under its key it may be asked again")
        #expect(try await store.order(of: .action) == Array(1...150))
    }

    @Test func `a line that cannot be read is refused by itself, with its field`() async throws {
        let store = InMemorySequenceStore()
        let json = """
            {"changes":[{"create":{"elementType":"action","elementId":0,"comment":""}},{},{"create":{},"move":{}},
            {"create":{"elementType":"action","elementId":1,"comment":"x"}},{"delete":{"elementType":"nothing"}}]}
            """
        let request = try PayloadCoding.decode(ChangeSequence.self, from: Array(json.utf8)[...])
        let answer = try await store.change(request, once: nil)
        #expect(
            answer.results.map { $0.refused?.field } == [
                "create.elementId", "the change", "the change", nil, "delete.elementType",
            ]
        )
        #expect(answer.done == 1)
    }

    @Test(arguments: [0, ChangeSequence.maximumChanges + 1]) func `a batch has its size`(count: Int) async throws {
        let store = InMemorySequenceStore()
        let edit = SequenceEdit.create(try creation(.action, 1))
        let failure = await #expect(throws: Failure.self) {
            try await store.change(ChangeSequence(changes: Array(repeating: edit, count: count)), once: nil)
        }
        #expect(failure?.fields?.first?.field == "changes")
    }
}

/// A store that does its second write and does not know whether it did.
private final class DoubtfulStore<Base: SequenceStore>: WrappedStore {
    let base: Base
    private let writes = Mutex(0)

    init(_ base: Base) { self.base = base }

    func write<Answer: Codable & Sendable>(
        _ claim: IdempotencyClaim?,
        _ extent: WriteExtent,
        _ body: @escaping @Sendable (SequenceEditor<Base.Tables>) throws -> Answer
    ) async throws -> Answer {
        let answer = try await base.write(claim, extent, body)
        let number = writes.withLock { writes in
            writes += 1
            return writes
        }
        guard number != 2 else { throw Failure(.outcomeUnknown, "The commit was not answered.") }
        return answer
    }
}
