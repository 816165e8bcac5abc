// An index that is wiped, remade or damaged while nobody writes is noticed and built anew (issue 9).

import Bus
import Contracts
import Foundation
import HTTPClient
import Logging
import SQLite
import Storage
import Synchronization
import Testing

@testable import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct IndexLossTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Follows six events and then waits, as a quiet topic does; looks at the index all the while.
    private func following<Value>(
        _ engine: any SearchEngine,
        _ health: IndexHealth,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let events = try (1...6).map { try event(change($0, "line \($0)", revision: UInt64($0))) }
        let watch = IndexWatch(every: .milliseconds(10))
        let indexer = Indexer(engine, present: Nowhere(), health: health, watch: watch, logger: logger)
        let running = Task {
            try await indexer.run { checkpoint in
                let rest = Mutex(events.filter { $0.offset > checkpoint?.offset ?? 0 })
                return Indexer.Source {
                    let due = rest.withLock { rest in
                        defer { rest = [] }
                        return rest
                    }
                    if due.isEmpty { for await _ in AsyncStream<Never>.makeStream().stream {} }
                    try Task.checkCancellation()
                    return due
                } head: {
                    Checkpoint(epoch: 1, offset: 6)
                }
            }
        }
        defer { running.cancel() }
        try await untilWhole(engine, health)
        return try await body()
    }

    private func untilWhole(_ engine: any SearchEngine, _ health: IndexHealth) async throws {
        while true {
            try Task.checkCancellation()
            if health.state == .whole, let found = try? await engine.search(query("line")).found, found == 6 { return }
            await Task.yield()
        }
    }

    @Test func `a wiped Typesense is filled again`() async throws {
        let server = try await TypesenseServer.shared.value
        let (engine, health) = (try server.engine(), IndexHealth(.starting))
        try await following(engine, health) {
            try await server.drop(engine)
            try await untilWhole(engine, health)
        }
    }

    @Test func `a collection that lost documents is filled again`() async throws {
        let server = try await TypesenseServer.shared.value
        let (engine, health) = (try server.engine(), IndexHealth(.starting))
        try await following(engine, health) {
            // Not before the watch has seen what there is: twice, to be sure.
            for _ in 1...2 { try await engine.look() }
            let path = "/collections/ours_\(engine.collection)/documents?filter_by=element_id:>3"
            #expect(try await server.ask(.delete, path).status == 200)
            try await untilWhole(engine, health)
        }
    }

    @Test func `a search that finds its index gone has it looked at at once`() async throws {
        let server = try await TypesenseServer.shared.value
        let (engine, health) = (try server.engine(), IndexHealth())
        let search = try #require(handlers(engine: engine, health: health).entries["typesense_client.search"])
        let question = Array(#"{"q":"line","query_by":"comment"}"#.utf8)
        let failure = await #expect(throws: Failure.self) {
            try await search.body(question[...], CallContext(operation: "typesense_client.search"))
        }
        #expect(failure?.code == .unavailable)
        #expect(failure?.detail.contains("built anew") == true)
    }

    static let damages = [
        "DELETE FROM WORDS_data", "UPDATE WORDS_data SET block = zeroblob(10)", "DROP TABLE WORDS_idx",
        "DROP TABLE WORDS_config", "DELETE FROM WORDS_docsize", "DROP TABLE WORDS", "DELETE FROM document",
        "DELETE FROM document WHERE element_id = 3",
    ]

    @Test(arguments: damages) func `a damaged index is made anew`(damage: String) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "index-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let engine = try BuiltInEngine(.file(path + "/index.db"))
        let health = IndexHealth(.starting)
        try await following(engine, health) {
            // The watch knows what there is once it has looked.
            try await engine.look()
            try damageIndex(at: path + "/index.db", damage)
            try await untilWhole(engine, health)
        }
    }

    private func damageIndex(at path: String, _ damage: String) throws {
        let intruder = try Connection(path, busyTimeout: .seconds(10))
        let current = try intruder.statement(0, "SELECT number FROM word_table")
        #expect(try current.step())
        let words = "words_\(current.integer(0))"
        current.reset()
        // Without our triggers, as a broken disk would.
        for trigger in ["added", "removed", "reworded"] where damage == "DELETE FROM document" {
            try intruder.execute("DROP TRIGGER \(words)_\(trigger)")
        }
        try intruder.execute(damage.replacingOccurrences(of: "WORDS", with: words))
    }

    @Test(arguments: [
        (StoreError.Kind.other, "too many SQL variables (1)", false), (.other, "parser stack overflow (1)", false),
        (.other, "no such table: words_1 (1)", true), (.damaged, "too many levels (11)", true),
        (.full, "database or disk is full (13)", false),
    ])
    func `a statement that asks for too much does not mean that the index is lost`(
        kind: StoreError.Kind,
        message: String,
        isLost: Bool
    ) throws {
        let error = StoreError(kind, message)
        #expect { try lostIfDamaged { throw error } } throws: { thrown in
            isLost ? thrown is IndexLost : thrown as? StoreError == error
        }
    }

    @Test func `what is not whole yet is not shown as an index`() throws {
        let states: [(IndexHealth.State, String)] = [
            (.starting, "not there yet"), (.building(done: 3, goal: 6), "3 of 6"), (.lost, "built anew"),
            (.refused("theirs"), "theirs"),
        ]
        for (state, words) in states {
            let failure = #expect(throws: Failure.self) { try IndexHealth(state).check() }
            #expect(failure?.code == .unavailable && failure?.detail.contains(words) == true)
        }
        try IndexHealth(.whole).check()
    }

    @Test(arguments: EngineKind.allCases) func `an index that is being built says so until it has what was there`(
        kind: EngineKind
    ) async throws {
        let (engine, health) = (try await kind.make(), IndexHealth(.starting))
        let events = try (1...6).map { try event(change($0, "line \($0)", revision: UInt64($0))) }
        let rest = Mutex(events)
        let states = Mutex<[IndexHealth.State]>([])
        try await Indexer(engine, present: Nowhere(), health: health, logger: logger).run { _ in
            Indexer.Source {
                states.withLock { $0.append(health.state) }
                return rest.withLock { rest in
                    defer { rest.removeFirst(min(2, rest.count)) }
                    return rest.isEmpty ? nil : Array(rest.prefix(2))
                }
            } head: {
                Checkpoint(epoch: 1, offset: 4)
            }
        }
        #expect(
            states.withLock { $0 } == [.building(done: 0, goal: 4), .building(done: 2, goal: 4), .whole, .whole]
        )
        #expect(try await engine.checkpoint() == Checkpoint(epoch: 1, offset: 6))
    }

    @Test func `looks are rarer while the engine is away, and never take more than a fiftieth of the time`() {
        let watch = IndexWatch(every: .seconds(2))
        #expect(watch.delay(0, .milliseconds(1)) == .seconds(2))
        #expect(watch.delay(0, .milliseconds(100)) == .seconds(5))
        for failures in 1...9 {
            let delay = watch.delay(failures, .milliseconds(1))
            #expect(delay >= .seconds(2) && delay <= .seconds(32))
        }
        #expect(watch.delay(0, .seconds(100)) == .seconds(600))
    }
}
