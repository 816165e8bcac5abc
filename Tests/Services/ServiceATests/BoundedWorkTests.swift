// What one request may keep others waiting for: a write that goes on for too long is refused and taken back, and lines that stand by themselves
// share the writer (ADR 0044).

import Bus
import Contracts
import ServiceA
import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct BoundedWorkTests {
    /// Every turn is over once something was done in it.
    private static var noTime: StoreLimits {
        var limits = StoreLimits()
        (limits.maximumBatchTime, limits.maximumWriteTime) = (.zero, .zero)
        return limits
    }

    /// No turn ends by the clock, however slow the machine is.
    private static var allTime: StoreLimits {
        var limits = StoreLimits()
        (limits.maximumBatchTime, limits.maximumWriteTime) = (.seconds(600), .seconds(600))
        return limits
    }

    private func creations(_ ids: ClosedRange<Int>) throws -> [SequenceEdit] {
        try ids.map { .create(try creation(.action, $0)) }
    }

    private func move(_ id: Int, count: Int, to number: Int) throws -> MoveElement {
        MoveElement(elementType: .action, elementId: try #require(ElementID(id)), count: count, to: number)
    }

    /// A store with so many elements, made line by line, which takes no long turn.
    private func filled(_ kind: StoreKind, _ count: Int) async throws -> any SequenceStore {
        let store = try kind.make(Self.noTime)
        #expect(try await store.change(ChangeSequence(changes: try creations(1...count)), once: nil).done == count)
        return store
    }

    @Test(arguments: StoreKind.allCases)
    func `an atomic batch that takes too long is taken back as a whole and says what to do`(kind: StoreKind)
        async throws
    {
        let store = try kind.make(Self.noTime)
        try await store.create(.action, 1)
        let failure = await #expect(throws: Failure.self) {
            try await store.change(ChangeSequence(changes: try creations(2...4), atomic: true), once: nil)
        }
        #expect(failure?.code == SequenceOperations.tooMuchAtOnce && failure?.code.status == 413)
        #expect(failure?.detail.hasPrefix("1 changes were done when the time was over") == true)
        #expect(
            failure?.detail.hasSuffix("Nothing of it was done. Send fewer in one batch, or send it without `atomic`.")
                == true
        )
        #expect(try await store.order(of: .action) == [1])
        #expect(try await store.changes().count == 1)
        let alone = ChangeSequence(changes: try creations(2...2), atomic: true)
        #expect(try await store.change(alone, once: nil).done == 1, "what is one thing is done")
        #expect(try await store.order(of: .action) == [1, 2])
    }

    @Test(arguments: StoreKind.allCases)
    func `a long run that moves and a long reorder are taken back where they take too long`(kind: StoreKind)
        async throws
    {
        let store = try await filled(kind, 120)
        let moved = await #expect(throws: Failure.self) {
            try await store.move(try move(1, count: 101, to: 5), once: nil)
        }
        #expect(moved?.code == SequenceOperations.tooMuchAtOnce)
        #expect(moved?.detail.hasSuffix("Move fewer at once.") == true)
        let ids = Array(1...101)
        let reordered = await #expect(throws: Failure.self) {
            try await store.reorder(ids, to: ids.reversed(), .action)
        }
        #expect(reordered?.code == SequenceOperations.tooMuchAtOnce)
        #expect(try await store.order(of: .action) == Array(1...120))
        #expect(try await store.changes().count == 120)
        // A short one is not looked at by the clock: it holds nobody up.
        #expect(try await store.move(try move(1, count: 100, to: 21), once: nil).movedElements.count == 100)
        #expect(try await store.order(of: .action) == Array(101...120) + Array(1...100))
    }

    @Test(arguments: StoreKind.allCases)
    func `a line that does too much is refused by itself`(kind: StoreKind) async throws {
        let store = try await filled(kind, 120)
        let changes = try creations(121...121) + [.move(try move(1, count: 101, to: 5))] + creations(122...123)
        let answer = try await store.change(ChangeSequence(changes: changes), once: nil)
        #expect(answer.results.map(\.line) == [1, 2, 3, 4])
        #expect(answer.results.map { $0.refused?.code } == [nil, "too_much_at_once", nil, nil])
        #expect(try await store.order(of: .action) == Array(1...123))
    }

    @Test(arguments: StoreKind.allCases)
    func `lines that stand by themselves share the writer, under one key all the same`(kind: StoreKind) async throws {
        let changes = ChangeSequence(changes: try creations(1...5))
        let context = CallContext(operation: "service_a.sequence.batch", idempotencyKey: "k")
        let claim = try IdempotencyClaim(context, changes)
        func run(_ store: some SequenceStore) async throws {
            let counted = CountingStore(store)
            let first = try await counted.change(changes, once: claim)
            #expect(first.results.map(\.line) == Array(1...5) && first.done == 5)
            #expect(
                counted.extents == Array(repeating: .one, count: 5),
                "a write a line, where there is no time for two"
            )
            #expect(try await counted.change(changes, once: claim) == first)
            #expect(try await store.changes().count == 5)
        }
        try await run(try kind.make(Self.noTime))
    }

    @Test(arguments: StoreKind.allCases.filter { $0 != .inMemory })
    func `what an emptied sequence leaves is swept away in turns`(kind: StoreKind) async throws {
        let store = try await filled(kind, 120)
        let name = SequenceName(.action)
        let emptied = try await store.empty(EmptySequence(sequenceName: name), once: nil)
        #expect(emptied.deletedElements == 120)
        #expect(try await store.list(ListElements(elementType: .action)).total == 0)
        var turns = 1
        while try await store.sweep() { turns += 1 }
        #expect(
            (5...8).contains(turns),
            "120 rows at 25 a turn, those of the counts, and one that finds nothing: \(turns)"
        )
    }

    @Test func `what does much is said to be long beforehand`() async throws {
        let store = CountingStore(InMemorySequenceStore(Self.allTime))
        _ = try await store.change(ChangeSequence(changes: try creations(1...101), atomic: true), once: nil)
        _ = try await store.change(ChangeSequence(changes: try creations(102...202), atomic: false), once: nil)
        _ = try await store.move(try move(1, count: 101, to: 2), once: nil)
        _ = try await store.change(
            ChangeSequence(changes: [.move(try move(1, count: 101, to: 1))], atomic: true),
            once: nil
        )
        _ = try await store.change(ChangeSequence(changes: try creations(203...302), atomic: true), once: nil)
        let long = WriteExtent.many
        #expect(store.extents == [long, .one, .one, long, long, .several])
    }
}

/// A store that notes what it is told of each write.
private final class CountingStore<Base: SequenceStore>: WrappedStore {
    let base: Base
    private let noted = Mutex<[WriteExtent]>([])

    init(_ base: Base) { self.base = base }

    var extents: [WriteExtent] { noted.withLock { $0 } }
    func write<Answer: Codable & Sendable>(
        _ claim: IdempotencyClaim?,
        _ extent: WriteExtent,
        _ body: @escaping @Sendable (SequenceEditor<Base.Tables>) throws -> Answer
    ) async throws -> Answer {
        noted.withLock { $0.append(extent) }
        return try await base.write(claim, extent, body)
    }
}
