// What an index does not do, refuses or has wrong, and what a producer then sees.

import Bus
import Contracts
import Foundation
import HTTPClient
import Storage
import Synchronization
import Testing

@testable import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct ProducerFaultTests {
    private static let field = #"{"name":"title","type":"string"}"#
    private static let all = #"{"q":"*","query_by":"title"}"#

    /// On Typesense, with the hand that cuts its line.
    private func cuttable(_ prefix: String) async throws -> (Producers, FaultyTransport) {
        let box = FaultBox()
        let producers = try await EngineKind.typesense.producers(prefix: prefix) { box.put(FaultyTransport($0)) }
        return (producers, try #require(box.transport))
    }

    private func claim(_ key: String, _ new: NewCollection) throws -> IdempotencyClaim {
        let context = CallContext(
            operation: SearchOperations.createCollection.name,
            principal: Principal(kind: .user, subject: "ada", roles: ["admin"]),
            idempotencyKey: key
        )
        return try #require(try IdempotencyClaim(context, new))
    }

    @Test func `a collection that the index could not make is not there, and its key is free again`() async throws {
        let (producers, faults) = try await cuttable("ours_\(UUID().uuidString)_")
        let new = try newCollection(#"{"name":"books","fields":[\#(Self.field)]}"#)
        let claim = try claim("one", new)
        // The first request looks whose it is.
        let nobody = FaultyTransport.Fault.answer(TransportAnswer(status: 404, body: []))
        faults.fail("/collections", with: [nobody, nobody, .refused])
        let lost = await #expect(throws: Failure.self) { try await producers.create(new, once: claim) }
        #expect(lost?.code == .unavailable && faults.faultsLeft == 0)
        #expect(try await producers.collections().isEmpty)
        #expect(try await producers.create(new, once: claim).name == "books")
        try await producers.fill([#"{"id":"1","title":"Hamlet"}"#])
        #expect(try await producers.create(new, once: claim).documentCount == 0, "the first answer, word for word")
        #expect(try await producers.ids(Self.all) == ["1"])
    }

    @Test func `what Typesense does not take is answered with its reason, and is not counted as missing`() async throws
    {
        let prefix = "ours_\(UUID().uuidString)_"
        let (producers, faults) = try await cuttable(prefix)
        try await producers.make(Self.field)
        let report = "{\"success\":true}\n{\"code\":400,\"error\":\"too odd\",\"success\":false}"
        faults.fail("/documents/import", with: [.answer(TransportAnswer(status: 200, body: Array(report.utf8)))])
        let lines = try await producers.bring([#"{"id":"1","title":"one"}"#, #"{"id":"2","title":"two"}"#])
        #expect(lines.map(\.success) == [true, false] && lines[1].code == 400 && lines[1].error == "too odd")
        let refusal = #"{"code":400,"error":"no","success":false}"#
        faults.fail("/documents/import", with: [.answer(TransportAnswer(status: 200, body: Array(refusal.utf8)))])
        let one = try document(#"{"id":"3","title":"three"}"#)
        let failure = await #expect(throws: Failure.self) { try await producers.write(.create, one, in: .books) }
        #expect(failure?.code == .conflict && failure?.detail == "no")
        // Written again it is taken, and only that is counted.
        try await producers.fill([#"{"id":"2","title":"two again"}"#])
        #expect(try await producers.ids(#"{"q":"again","query_by":"title"}"#) == ["2"])
    }

    @Test func `an answer that counts a document and does not show it is asked for again`() async throws {
        let (producers, faults) = try await cuttable("ours_\(UUID().uuidString)_")
        try await producers.make(Self.field)
        try await producers.fill([#"{"id":"1","title":"Hamlet"}"#])
        faults.fail("/multi_search", with: [TypesenseEngineTests.short, TypesenseEngineTests.short])
        #expect(try await producers.ids(Self.all) == ["1"] && faults.faultsLeft == 0)
    }

    @Test func `a dropped collection is gone from Typesense, and what facets were of it`() async throws {
        let prefix = "ours_\(UUID().uuidString)_"
        let producers = try await EngineKind.typesense.producers(prefix: prefix)
        try await producers.make(#"{"name":"title","type":"string","facet":true}"#)
        try await producers.fill([#"{"id":"1","title":"Hamlet"}"#])
        let facets = "SELECT count(*) FROM producer_facet"
        #expect(try await producers.store.read { try $0.row(SQL(facets)) { $0.int(0) } } == 1)
        try await producers.drop("books")
        let server = try await TypesenseServer.shared.value
        #expect(try await server.ask(.get, "/collections/\(prefix)own.books").status == 404)
        #expect(try await producers.store.read { try $0.row(SQL(facets)) { $0.int(0) } } == 0)
    }

    @Test func `a count that is wrong once is not believed`() async throws {
        let prefix = "ours_\(UUID().uuidString)_"
        let (producers, faults) = try await cuttable(prefix)
        try await producers.make(Self.field)
        try await producers.fill([#"{"id":"1","title":"one"}"#, #"{"id":"2","title":"two"}"#])
        let generation = try await producers.collection("books").generation
        let server = try await TypesenseServer.shared.value
        let right = try await server.ask(.get, "/collections/\(prefix)own.books").body
        let text = String(decoding: right, as: UTF8.self)
        let wrong = text.replacing(#""num_documents":2"#, with: #""num_documents":1"#)
        #expect(wrong != text)
        let answers = [wrong, text, wrong, text].map { TransportAnswer(status: 200, body: Array($0.utf8)) }
        faults.fail("books", with: answers.map { .answer($0) })
        let keeping = Task { await producers.keep(every: .milliseconds(5)) }
        while faults.faultsLeft > 0 {
            try Task.checkCancellation()
            await Task.yield()
        }
        keeping.cancel()
        await keeping.value
        #expect(try await producers.collection("books").generation == generation)
        #expect(try await producers.ids(Self.all) == ["1", "2"])
    }

    @Test func `who starts again looks whether the index is still the one that was made`() async throws {
        let prefix = "ours_\(UUID().uuidString)_"
        let file = FileManager.default.temporaryDirectory.appending(path: "producers-\(UUID().uuidString)").path
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + end) } }
        let first = try await EngineKind.typesense.producers(at: .file(file), prefix: prefix)
        try await first.make(Self.field)
        try await first.fill([#"{"id":"1","title":"ours"}"#])
        // Made by the same ecosystem, and not of this store: as after a restore of one of both.
        let other = try await EngineKind.typesense.producers(prefix: prefix)
        try await other.make(Self.field)
        try await other.fill([#"{"id":"1","title":"other"}"#])
        let again = try await EngineKind.typesense.producers(at: .file(file), prefix: prefix)
        #expect(try await again.ids(#"{"q":"other","query_by":"title"}"#) == [])
        #expect(try await again.ids(#"{"q":"ours","query_by":"title"}"#) == ["1"])
    }

    @Test(arguments: EngineKind.allCases) func `what was removed is neither found nor counted, and leaves no trace`(
        kind: EngineKind
    ) async throws {
        var limits = ProducerLimits()
        limits.documents = 2
        let producers = try await kind.producers(limits)
        try await producers.make(Self.field)
        try await producers.fill([#"{"id":"1","title":"one"}"#, #"{"id":"2","title":"two"}"#])
        #expect(try await producers.remove("1", nil, in: .books))
        #expect(try await producers.ask(Self.all).found == 1)
        #expect(try await producers.collection("books").ids == 1)
        try await producers.fill([#"{"id":"3","title":"three"}"#])
        #expect(try await producers.ask(Self.all).found == 2)
    }

    @Test func `a dropped collection leaves no values in the built-in index`() async throws {
        let producers = try Producers(.memory)
        try await producers.make(Self.field)
        try await producers.fill([#"{"id":"1","title":"one"}"#])
        let values: SQL = "SELECT count(*) FROM producer_value"
        #expect(try await producers.store.read { try $0.row(values) { $0.int(0) } } == 1)
        try await producers.drop("books")
        #expect(try await producers.store.read { try $0.row(values) { $0.int(0) } } == 0)
    }

    @Test func `what is written while the index is brought up to date comes after it`() async throws {
        let producers = try Producers(.memory) { MeddledIndex(BuiltInProducerIndex(store: $0), $0) }
        try await producers.make(Self.field)
        let index = try #require(producers.index as? MeddledIndex)
        index.meddle { table, collection in
            let known = try table.known("1", in: collection)
            let newer = DocumentFence.Known(revision: 2, body: Array(#"{"id":"1","title":"newer","revision":2}"#.utf8))
            try table.put("1", newer, instead: known, in: collection)
        }
        try await producers.fill([#"{"id":"1","title":"older","revision":1}"#])
        #expect(try await producers.ids(#"{"q":"newer","query_by":"title"}"#) == ["1"])
        #expect(try await producers.ids(#"{"q":"older","query_by":"title"}"#) == [])
    }

    @Test func `who has no time left is told to come again, and what was brought by then stays`() async throws {
        let producers = try Producers(.memory)
        try await producers.make(Self.field)
        try await producers.fill((1...450).map { #"{"id":"\#($0)","title":"line"}"# })
        try await producers.breakIndex()
        let line = #"{"q":"line","query_by":"title"}"#
        for _ in 1...3 {
            let hurried = CallContext(operation: "test", deadline: .after(.milliseconds(150)))
            let told = await #expect(throws: Failure.self) {
                _ = try await CallContext.$current.withValue(hurried) { try await producers.ask(line) }
            }
            // A full machine may take all of it before the index is looked at.
            #expect(told?.code == .deadlineExceeded || told?.code == .unavailable && told?.retryAfter == 1)
        }
        #expect(try await producers.ask(line).found == 450)
    }
}

/// The index of another, and somebody who writes past it while it is brought up to date, once.
private final class MeddledIndex: ProducerIndex {
    typealias Meddling = @Sendable (ProducerTable, ProducerCollection) throws -> Void

    private let index: any ProducerIndex
    private let store: DurableStore
    private let meddling = Mutex<Meddling?>(nil)

    init(_ index: any ProducerIndex, _ store: DurableStore) { (self.index, self.store) = (index, store) }

    func meddle(_ body: @escaping Meddling) { meddling.withLock { $0 = body } }

    func refuseForeign(_ name: String) async throws { try await index.refuseForeign(name) }
    func make(_ collection: ProducerCollection) async throws { try await index.make(collection) }
    func look(_ collection: ProducerCollection) async throws -> Int? { try await index.look(collection) }
    func drop(_ collection: ProducerCollection) async throws { try await index.drop(collection) }
    func search(_ query: ProducerQuery, in collection: ProducerCollection) async throws -> ProducerFound {
        try await index.search(query, in: collection)
    }

    func apply(_ changes: [ProducerChange], to collection: ProducerCollection) async throws -> [(
        row: Int64, reason: String
    )] {
        let body = meddling.withLock { body in
            defer { body = nil }
            return body
        }
        if let body { try await store.write { try body(ProducerTable($0), collection) } }
        return try await index.apply(changes, to: collection)
    }
}
