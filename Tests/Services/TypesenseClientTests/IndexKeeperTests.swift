// Another index is built beside the one that is shown: nobody sees half of one, and nothing goes back (issue 13).

import Bus
import Contracts
import Foundation
import Logging
import Storage
import Synchronization
import Testing

@testable import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct IndexKeeperTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Two empty indexes of a kind.
    private func pair(_ kind: EngineKind, _ pointer: IndexPointer? = nil) async throws -> IndexPair {
        let collection = "pair-\(UUID().uuidString)"
        let server = kind == .typesense ? try await TypesenseServer.shared.value : nil
        return try IndexPair(pointer ?? IndexPointer(.memory)) { side in
            if let server { return try server.engine(collection: collection, side: side) }
            return try BuiltInEngine(.memory)
        }
    }

    private struct Kept: Sendable {
        let pair: IndexPair
        let health: IndexHealth
        let source: SourceLog
        let record = RebuildRecord()

        func found() async throws -> Int { try await pair.search(query("line", hits: 1)).found }

        func untilFound(_ count: Int) async throws {
            while true {
                try Task.checkCancellation()
                if health.state == .whole, try await found() == count { return }
                await Task.yield()
            }
        }

        func untilSwapped(_ swaps: Int) async throws {
            while pair.state.swaps < swaps || pair.state.isLeft {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    /// With pauses as they are where none is given.
    private func keeper(
        of kept: Kept,
        _ pause: (@Sendable (Duration) async throws -> Void)?
    ) -> IndexKeeper {
        let (source, health, record) = (kept.source, kept.health, kept.record)
        guard let pause else {
            return IndexKeeper(kept.pair, present: source, health: health, record: record, logger: logger)
        }
        return IndexKeeper(kept.pair, present: source, health: health, record: record, logger: logger, pause: pause)
    }

    private func keeping(
        _ kind: EngineKind,
        _ source: SourceLog,
        _ given: IndexPair? = nil,
        until gate: Flag? = nil,
        pause: (@Sendable (Duration) async throws -> Void)? = nil,
        _ body: @escaping @Sendable (Kept) async throws -> Void
    ) async throws {
        let pair = if let given { given } else { try await self.pair(kind) }
        let kept = Kept(pair: pair, health: IndexHealth(.starting), source: source)
        let keeper = keeper(of: kept, pause)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await keeper.run { checkpoint, reader in
                    // As one that has far to go.
                    while reader == .beside, gate?.isRaised == false {
                        try Task.checkCancellation()
                        await Task.yield()
                    }
                    return source.open(checkpoint)
                }
            }
            group.addTask { try await body(kept) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func reindex(_ kept: Kept, from origin: ReindexOrigin = .log) async throws -> ReindexStatus {
        var handlers = Handlers()
        bind(kept.pair, kept.record, to: &handlers)
        let operation = SearchOperations.reindex.description.name
        let body = try #require(handlers.entries[operation]).body
        let answer = try await body(PayloadCoding.encode(Reindex(from: origin))[...], CallContext(operation: operation))
        return try PayloadCoding.decode(ReindexStatus.self, from: answer[...])
    }

    private final class Flag: Sendable {
        private let state = Atomic(false)

        var isRaised: Bool { state.load(ordering: .relaxed) }
        func raise() { state.store(true, ordering: .relaxed) }
    }

    /// Searches again and again, each of which finds at least as much as the one before; how many they were.
    private func searching(_ kept: Kept, atLeast count: Int, until isOver: Flag) async throws -> Int {
        var (most, asked) = (count, 0)
        while !isOver.isRaised {
            try kept.health.check()
            let found = try await kept.found()
            #expect(found >= most, "a partial answer")
            (most, asked) = (max(most, found), asked + 1)
        }
        return asked
    }

    @Test func `an index that is not there any more is not shown`() async throws {
        // Nobody has made its collection.
        let pair = try await pair(.typesense)
        let before = pair.state.side
        await #expect(throws: IndexLost.self) { try await pair.swap() }
        #expect(pair.state.side == before && pair.state.swaps == 0)
    }

    @Test(arguments: EngineKind.allCases, ReindexOrigin.allCases)
    func `while another index is built, searches and writes go on and nothing goes back`(
        kind: EngineKind,
        origin: ReindexOrigin
    ) async throws {
        let source = SourceLog()
        try source.create(300)
        try await keeping(kind, source) { kept in
            try await kept.untilFound(300)
            let isOver = Flag()
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 1...2 { group.addTask { try await searching(kept, atLeast: 300, until: isOver) } }
                for round in 1...2 {
                    #expect(try await reindex(kept, from: origin).isRunning)
                    while kept.pair.state.swaps < round {
                        try Task.checkCancellation()
                        if source.count < 2000 { try source.create(1) }
                        await Task.yield()
                    }
                    try await kept.untilSwapped(round)
                }
                try await kept.untilFound(source.count)
                isOver.raise()
                for try await asked in group { #expect(asked > 0) }
            }
        }
    }

    @Test(arguments: EngineKind.allCases, [true, false])
    func `what cannot follow any more is shown, marked, until another is whole`(
        kind: EngineKind,
        isPruned: Bool
    ) async throws {
        let (source, pointer) = (SourceLog(), try IndexPointer(.memory))
        try source.create(100)
        let pair = try await self.pair(kind, pointer)
        try await keeping(kind, source, pair) { try await $0.untilFound(100) }
        // While nobody followed, more was written, and the log was pruned or began anew.
        try source.create(50)
        if isPruned { source.prune() } else { source.beginAnew() }
        let isMarked = Flag()
        try await keeping(kind, source, pair, until: isMarked) { kept in
            let search = try #require(handlers(engine: pair, health: kept.health).entries["typesense_client.search"])
            let question = Array(#"{"q":"line","query_by":"comment"}"#.utf8)
            while pair.state.swaps == 0 {
                let context = CallContext(operation: "typesense_client.search")
                guard kept.health.state != .starting else {
                    await Task.yield()
                    continue
                }
                let body = try await search.body(question[...], context)
                let answer = try PayloadCoding.decode(SearchAnswer.self, from: body[...])
                #expect([100, 150].contains(answer.found))
                guard let behind = answer.behind else { continue }
                #expect(behind == (isPruned ? 50 : 150))
                isMarked.raise()
            }
            try await kept.untilFound(150)
            #expect(kept.health.behind == nil)
            #expect(kept.health.vitals(head: nil).trouble == nil)
        }
    }

    @Test(arguments: EngineKind.allCases) func `killed while it builds, it goes on`(kind: EngineKind) async throws {
        let (source, pointer) = (SourceLog(), try IndexPointer(.memory))
        try source.create(200)
        let pair = try await self.pair(kind, pointer)
        try await keeping(kind, source, pair, until: Flag()) { kept in
            try await kept.untilFound(200)
            _ = try await reindex(kept)
        }
        #expect(pair.state.building == .log)
        try await keeping(kind, source, pair) { kept in
            try await kept.untilSwapped(1)
            try await kept.untilFound(200)
        }
        #expect(pair.state.building == nil)
    }

    @Test(arguments: EngineKind.allCases) func `documents by hand are carried over`(kind: EngineKind) async throws {
        let source = SourceLog()
        try source.create(10)
        try await keeping(kind, source) { kept in
            try await kept.untilFound(10)
            let document = SearchDocument(
                element: ElementReference(elementType: .script, elementId: try #require(ElementID(900))),
                sequenceNumber: 7,
                versionNumber: 1,
                comment: try #require(Comment("by hand"))
            )
            #expect(try await kept.pair.write([document]).isEmpty)
            _ = try await reindex(kept)
            try await kept.untilSwapped(1)
            #expect(try await kept.pair.search(query("hand")).hits == [document])
        }
    }

    @Test func `a swap that fails is tried again, and what is shown follows meanwhile`() async throws {
        let source = SourceLog()
        try source.create(10)
        let shown = ReluctantIndex(try BuiltInEngine(.memory))
        let pair = try IndexPair(IndexPointer(.memory)) { side in
            if side == .first { return shown }
            return try BuiltInEngine(.memory)
        }
        let pauses = Mutex<[Duration]>([])
        let pause = { @Sendable (duration: Duration) in
            pauses.withLock { $0.append(duration) }
            await Task.yield()
            // A second is time enough to follow to the end.
            while duration >= .seconds(1), try await pair.search(query("line", hits: 1)).found < source.count {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
        try await keeping(.builtIn, source, pair, pause: pause) { kept in
            try await kept.untilFound(10)
            _ = try await reindex(kept)
            while shown.refusals < 3 {
                try Task.checkCancellation()
                await Task.yield()
            }
            try source.create(5)
            while try await kept.found() < 15 {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(pair.state.swaps == 0)
            shown.give()
            try await kept.untilSwapped(1)
            try await kept.untilFound(15)
        }
        let waits = pauses.withLock { $0.filter { $0 >= .seconds(1) } }
        #expect(waits.prefix(3) == [.seconds(1), .seconds(2), .seconds(4)])
        #expect(waits.allSatisfy { $0 <= .seconds(60) })
    }

    @Test func `the pointer is what it was after a restart`() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "pointer-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let source = SourceLog()
        try source.create(5)
        let first = try await self.pair(.builtIn, IndexPointer(.file(path + "/pointer.db")))
        try await keeping(.builtIn, source, first) { kept in
            try await kept.untilFound(5)
            _ = try await reindex(kept)
            try await kept.untilSwapped(1)
        }
        #expect(first.state.side == .second)
        #expect(try IndexPointer(.file(path + "/pointer.db")).current == first.state)
    }
}
