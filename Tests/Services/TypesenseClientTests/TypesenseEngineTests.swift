// What only the real engine can get wrong: a network, a server that refuses, lags, dies or forgets.

import Bus
import Contracts
import HTTPClient
import Logging
import Storage
import Synchronization
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct TypesenseEngineTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// An engine over the shared server, and the hand that cuts its line.
    private func engine() async throws -> (TypesenseEngine, FaultyTransport) {
        let server = try await TypesenseServer.shared.value
        let faults = FaultyTransport(ClientTransport(server.client))
        let engine = try server.engine(through: { _ in faults })
        #expect(try await engine.checkpoint() == nil)
        return (engine, faults)
    }

    @Test(arguments: [503, 500, 429, 408]) func `a server that lags is unavailable and moves no checkpoint`(
        status: Int
    ) async throws {
        let (engine, faults) = try await engine()
        let lagging = TransportAnswer(status: status, body: Array(#"{"message":"Not Ready or Lagging"}"#.utf8))
        faults.fail("/import", with: [.answer(lagging)])
        let failure = await #expect(throws: Failure.self) { try await engine.apply([change(1, "a", revision: 1)]) }
        #expect(failure?.code == .unavailable)
        #expect(try await engine.checkpoint() == nil)
        try await engine.apply([change(1, "a", revision: 1)])
        #expect(try await engine.ids(query("*")) == ["script_1"])
    }

    @Test func `a line that was refused is parked and the others are found`() async throws {
        let (engine, faults) = try await engine()
        let report = """
            {"success":true}
            {"code":400,"error":"Field `comment` must be a string.","success":false}
            """
        faults.fail("/import", with: [.answer(TransportAnswer(status: 200, body: Array(report.utf8)))])
        try await engine.apply([change(1, "a", revision: 1), change(2, "b", revision: 2)])
        #expect(
            try await engine.parked().map { "\($0.event.key) \($0.event.offset) \($0.reason)" } == [
                "script_2 2 Field `comment` must be a string."
            ]
        )
        #expect(try await engine.checkpoint()?.offset == 2)
    }

    @Test func `a document that was refused is tried again from its event`() async throws {
        let (engine, faults) = try await engine()
        let refusal = #"{"code":400,"error":"no","success":false}"#
        let answer = TransportAnswer(status: 200, body: Array(refusal.utf8))
        faults.fail("/import", with: [.answer(answer), .answer(answer)])
        try await engine.apply([change(1, "a", revision: 1)])
        let parked = try #require(try await engine.parked().first)
        try await engine.apply(IndexBatch(again: parked.event))
        #expect(try await engine.parked().map(\.attempts) == [2])
        try await engine.apply(IndexBatch(again: parked.event))
        #expect(try await engine.parked().isEmpty)
        #expect(try await engine.ids(query("*")) == ["script_1"])
    }

    static let untrustworthy = [
        #"{"success":true}"#,
        "{\"success\":true}\n{\"code\":503,\"error\":\"lagging\",\"success\":false}",
        "{\"success\":true}\n{\"error\":\"out of disk\",\"success\":false}",
        "{\"success\":true}\nnonsense",
        "",
    ]

    @Test(arguments: untrustworthy) func `a report that does not confirm every line moves no checkpoint`(
        report: String
    ) async throws {
        let (engine, faults) = try await engine()
        faults.fail("/import", with: [.answer(TransportAnswer(status: 200, body: Array(report.utf8)))])
        let failure = await #expect(throws: Failure.self) {
            try await engine.apply([change(1, "a", revision: 1), change(2, "b", revision: 2)])
        }
        #expect(failure?.code == .unavailable)
        #expect(try await engine.parked().isEmpty)
        // Another engine would begin at the first event again.
        try await engine.apply([change(1, "a", revision: 1), change(2, "b", revision: 2)])
        #expect(try await engine.ids(query("*", sort: "element_id:asc")) == ["script_1", "script_2"])
        #expect(try await engine.checkpoint()?.offset == 2)
    }

    @Test func `after a lost answer an old state is never written over a newer one`() async throws {
        let (engine, faults) = try await engine()
        faults.fail("/import", with: [.answerLost])
        await #expect(throws: Failure.self) {
            try await engine.apply([
                change(1, "old", revision: 1), change(.versioned, 1, version: 2, "new", revision: 2),
            ])
        }
        #expect(try await engine.ids(query("new")) == ["script_1"], "the server did what it was asked")
        // The events come again, cut into other batches.
        try await engine.apply([change(1, "old", revision: 1)])
        #expect(try await engine.ids(query("new")) == ["script_1"])
        try await engine.apply([change(.versioned, 1, version: 2, "new", revision: 2)])
        #expect(try await engine.search(query("new")).hits.map(\.versionNumber) == [2])
        #expect(try await engine.checkpoint()?.offset == 2)
    }

    @Test func `a collection that vanishes is filled again from the first event`() async throws {
        let (engine, _) = try await engine()
        let server = try await TypesenseServer.shared.value
        let events = try (1...6).map { try event(change($0, "line \($0)", revision: UInt64($0))) }
        let openings = Mutex<[Checkpoint?]>([])
        try await Indexer(engine, present: Nowhere(), logger: logger).run { checkpoint in
            let opening = openings.withLock { openings in
                openings.append(checkpoint)
                return openings.count
            }
            let rest = Mutex(events.filter { $0.offset > checkpoint?.offset ?? 0 })
            return Indexer.Source {
                let events = rest.withLock { rest in
                    defer { rest.removeFirst(min(3, rest.count)) }
                    return Array(rest.prefix(3))
                }
                // Behind the engine's back, between the first batch and the second.
                if opening == 1, events.first?.offset == 4 { try await server.drop(engine) }
                return events.isEmpty ? nil : events
            }
        }
        #expect(openings.withLock { $0 } == [nil, nil])
        #expect(try await engine.search(query("line")).found == 6)
    }

    @Test func `a collection of unknown origin is emptied`() async throws {
        let server = try await TypesenseServer.shared.value
        let collection = "shared-name-\(UInt64.random(in: 0...(.max)))"
        let first = try server.engine(collection: collection)
        _ = try await first.checkpoint()
        try await first.apply([change(1, "of another ledger", revision: 9)])
        let second = try server.engine(collection: collection)
        #expect(try await second.checkpoint() == nil)
        #expect(try await second.ids(query("*")).isEmpty)
    }

    /// An engine whose client takes answers of 16 KB, which what it is asked for exceeds several times.
    private func narrowEngine() async throws -> TypesenseEngine {
        var configuration = HTTPClient.Configuration()
        configuration.maximumBody = 16_000
        let client = HTTPClient(configuration)
        let engine = try await TypesenseServer.shared.value.engine { _ in ClientTransport(client) }
        #expect(try await engine.checkpoint() == nil)
        return engine
    }

    @Test func `an export that is larger than an answer may be is asked for in parts`() async throws {
        let engine = try await narrowEngine()
        let text = String(repeating: "word ", count: 20)
        try await engine.apply(
            (1...400).map { try change(.created, $0, number: $0, text, revision: UInt64($0)) }
        )
        let entries = try await engine.entries(of: SequenceName(.script), in: 0..<(1 << 50))
        #expect(Set(entries.map(\.id)) == Set((1...400).map { "script_\($0)" }) && entries.count == 400)
        #expect(entries.allSatisfy { $0.comment == text })
    }

    @Test func `documents by hand are given out in parts as well`() async throws {
        let engine = try await narrowEngine()
        let documents = try (1...200).map { id in
            SearchDocument(
                element: ElementReference(elementType: .action, elementId: try #require(ElementID(id))),
                sequenceNumber: 1,
                versionNumber: 1,
                comment: try #require(Comment(String(repeating: "by hand ", count: 20)))
            )
        }
        #expect(try await engine.write(documents).isEmpty)
        let found = try await engine.documentsByHand()
        #expect(found.sorted { $0.elementId.value < $1.elementId.value } == documents)
    }

    @Test func `one document that is larger than an answer may be is unavailable, and its node is not to blame`()
        async throws
    {
        var configuration = HTTPClient.Configuration()
        configuration.maximumBody = 16_000
        let client = HTTPClient(configuration)
        let asked = AskedNodes(ClientTransport(client))
        let node = try await TypesenseServer.shared.value.node
        let second = node.replacing("127.0.0.1", with: "localhost")
        let engine = try await TypesenseServer.shared.value.engine(nodes: [node, second]) { _ in asked }
        #expect(try await engine.checkpoint() == nil)
        try await engine.apply([change(1, String(repeating: "é", count: 9_000), revision: 1)])
        let failure = await #expect(throws: Failure.self) {
            try await engine.entries(of: SequenceName(.script), in: place(1)..<place(2))
        }
        #expect(failure?.code == .unavailable && failure?.detail.contains("larger") == true)
        #expect(asked.count(of: second) == 0)
    }

    @Test func `a node that is away passes the request to the next`() async throws {
        let server = try await TypesenseServer.shared.value
        // Port 1 of loopback: nobody listens there.
        let engine = try server.engine(nodes: ["http://127.0.0.1:1", server.node])
        #expect(try await engine.checkpoint() == nil)
        try await engine.apply([change(1, "a", revision: 1)])
        #expect(try await engine.ids(query("*")) == ["script_1"])
    }

    @Test func `of a cluster of three one is killed, and searches and writes go on`() async throws {
        let servers = try await TypesenseServer.cluster()
        let engine = try servers[0].engine(nodes: servers.map(\.node))
        #expect(try await engine.checkpoint() == nil)
        try await engine.apply([change(1, "before", revision: 1)])
        for server in servers {
            let one = try server.engine(collection: engine.collection, nodes: [server.node])
            while (try? await one.search(query("before")).found) != 1 {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
        try servers[0].kill()
        // While nobody can have missed the leader, whose followers answer until they do.
        let end = ContinuousClock.now + .seconds(3)
        for number in 1...50 where number == 1 || ContinuousClock.now < end {
            #expect(try await engine.ids(query("before")) == ["script_1"])
        }
        let batch = try #require(IndexBatch([event(change(2, "after", revision: 2))]))
        while (try? await engine.apply(batch)) == nil {
            try Task.checkCancellation()
            await Task.yield()
        }
        while try await engine.ids(query("after")) != ["script_2"] {
            try Task.checkCancellation()
            await Task.yield()
        }
        #expect(try await engine.ids(query("before")) == ["script_1"])
    }

    @Test func `a node that failed is not asked again while it rests`() async throws {
        let server = try await TypesenseServer.shared.value
        let away = "http://127.0.0.1:1"
        let asked = AskedNodes(ClientTransport(server.client))
        let engine = try server.engine(nodes: [away, server.node], through: { _ in asked })
        _ = try await engine.checkpoint()
        try await engine.apply([change(1, "a", revision: 1)])
        for _ in 1...10 { #expect(try await engine.ids(query("*")) == ["script_1"]) }
        #expect(asked.count(of: away) == 1)
    }

    @Test func `a wrong key is unavailable and does not show`() async throws {
        let server = try await TypesenseServer.shared.value
        let configuration = TypesenseConfiguration(
            nodes: [server.node],
            apiKey: "wrong-key",
            names: TypesenseNames(collection: "elements", prefix: "ours_", ecosystem: "tests")
        )
        let engine = try TypesenseEngine(
            configuration,
            ledger: .memory,
            transport: ClientTransport(server.client)
        )
        let failure = await #expect(throws: Failure.self) { try await engine.checkpoint() }
        #expect(failure?.code == .unavailable)
        var dumped = "\(configuration)"
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("wrong-key"))
    }

    @Test func `a search before the index is there finds it missing`() async throws {
        let server = try await TypesenseServer.shared.value
        await #expect(throws: IndexLost.self) { try await server.engine().search(query("*")) }
    }

    /// What Typesense 0.24 says between indexing a document and storing it ("Document fetch error" in its log).
    static let short = FaultyTransport.Fault.answer(
        TransportAnswer(status: 200, body: Array(#"{"results":[{"facet_counts":[],"found":1,"hits":[]}]}"#.utf8))
    )

    @Test func `an answer that counts a document and does not show it is asked for again`() async throws {
        let (engine, faults) = try await engine()
        try await engine.apply([change(1, "a", revision: 1)])
        faults.fail("/multi_search", with: [Self.short, Self.short])
        #expect(try await engine.ids(query("a")) == ["script_1"])
        #expect(faults.faultsLeft == 0)
    }

    @Test func `a server that never shows what it counts is unavailable`() async throws {
        let (engine, faults) = try await engine()
        faults.fail("/multi_search", with: Array(repeating: Self.short, count: 1_000))
        let failure = await #expect(throws: Failure.self) { try await engine.search(query("a")) }
        #expect(failure?.code == .unavailable && failure?.retryAfter == 1)
        #expect(faults.faultsLeft > 900)
    }

    @Test func `a page behind the last hit is whole without any`() async throws {
        let (engine, _) = try await engine()
        try await engine.apply(try (1...3).map { try change($0, "a", revision: UInt64($0)) })
        for page in 1...4 {
            let answer = try await engine.search(try query("a", hits: 2, page: page))
            #expect(answer.found == 3 && answer.hits.count == [2, 1, 0, 0][page - 1])
        }
    }

    @Test func `a server that is killed catches up by itself`() async throws {
        let server = try await TypesenseServer()
        let engine = try server.engine()
        let events = try (1...300).map { try event(change($0, "line \($0)", revision: UInt64($0))) }
        let rest = Mutex(events)
        let backoff = Backoff(sleep: { _ in try await server.restart() })
        try await Indexer(engine, present: Nowhere(), backoff: backoff, logger: logger).run { _ in
            Indexer.Source {
                let batch = rest.withLock { rest in
                    defer { rest.removeFirst(min(100, rest.count)) }
                    return Array(rest.prefix(100))
                }
                if batch.first?.offset == 101 { try server.kill() }
                return batch.isEmpty ? nil : batch
            }
        }
        #expect(try await engine.search(query("line")).found == 300)
        #expect(try await engine.checkpoint()?.offset == 300)
    }
}
