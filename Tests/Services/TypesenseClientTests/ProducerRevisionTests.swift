// Older never over newer, and what is done again changes nothing: of a producer's documents, on both engines.

import Bus
import Contracts
import Foundation
import HTTPClient
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct ProducerRevisionTests {
    private static let all = #"{"q":"*","query_by":"title"}"#

    private func shelf(_ kind: EngineKind, through faults: ((any HTTPTransport) -> any HTTPTransport)? = nil)
        async throws
        -> Producers
    {
        let producers = try await kind.producers(through: faults)
        try await producers.make(#"{"name":"title","type":"string"},{"name":"n","type":"int64","optional":true}"#)
        return producers
    }

    private func text(_ title: String, _ revision: Int?) -> String {
        #"{"id":"1","title":"\#(title)"\#(revision.map { ",\"revision\":\($0)" } ?? "")}"#
    }

    private func titles(_ producers: Producers) async throws -> [String] {
        try await producers.ask(Self.all).hits.map { $0.document.value?["title"].string ?? "" }
    }

    @Test(arguments: EngineKind.allCases) func `an older revision is never written over a newer one`(kind: EngineKind)
        async throws
    {
        let producers = try await shelf(kind)
        let lines = try await producers.bring([
            text("five", 5), text("four", 4), text("five again", 5), text("none", nil), text("six", 6), text("zero", 0),
        ])
        #expect(lines.map(\.success) == [true, false, true, false, true, false])
        #expect(lines.map(\.code) == [nil, 409, nil, 409, nil, 409])
        #expect(try await titles(producers) == ["six"])
        #expect(try await producers.ids(#"{"q":"five","query_by":"title"}"#) == [])
    }

    @Test(arguments: EngineKind.allCases) func `what was removed as of a revision does not come back by an older one`(
        kind: EngineKind
    ) async throws {
        let producers = try await shelf(kind)
        try await producers.fill([text("two", 2)])
        let older = await #expect(throws: Failure.self) { try await producers.remove("1", 1, in: .books) }
        #expect(older?.code == .conflict)
        #expect(try await producers.remove("1", 3, in: .books))
        #expect(try await !producers.remove("1", 3, in: .books), "again")
        let back = try await producers.bring([text("two", 2), text("three", 3), text("none", nil)])
        #expect(back.map(\.success) == [false, true, false] && back[0].code == 409)
        #expect(try await titles(producers) == [])
        try await producers.fill([text("four", 4)])
        #expect(try await titles(producers) == ["four"])
        // One that has not come yet.
        #expect(try await !producers.remove("9", 7, in: .books))
        let late = try await producers.bring([#"{"id":"9","title":"late","revision":6}"#])
        #expect(late[0].code == 409)
        #expect(try await producers.collections().first?.documentCount == 1)
    }

    @Test(arguments: EngineKind.allCases) func `without revisions the last one counts, and nothing is remembered`(
        kind: EngineKind
    ) async throws {
        let producers = try await shelf(kind)
        try await producers.fill([text("one", nil), text("two", nil)])
        #expect(try await titles(producers) == ["two"])
        #expect(try await producers.remove("1", nil, in: .books))
        #expect(try await titles(producers) == [])
        try await producers.fill([text("three", nil)])
        #expect(try await titles(producers) == ["three"])
    }

    @Test(arguments: EngineKind.allCases) func `create, update and delete as the original's relay has them`(
        kind: EngineKind
    ) async throws {
        let producers = try await shelf(kind)
        let one = try document(#"{"id":"1","title":"one","n":0.10e2,"more":0.10}"#)
        for indexed in [1, 0] {
            #expect(
                try await producers.write(.create, one, in: .books).indexed == indexed,
                "the second time it is there"
            )
        }
        let other = try document(#"{"id":"1","title":"other"}"#)
        #expect(
            await #expect(throws: Failure.self) { try await producers.write(.create, other, in: .books) }?.code
                == .conflict
        )
        #expect(try await producers.write(.update, other, in: .books).indexed == 1)
        let hit = try await producers.ask(#"{"q":"other","query_by":"title","filter_by":"n:=10"}"#).hits.first
        #expect(hit?.document.bytes == Array(#"{"id":"1","more":0.10,"n":0.10e2,"title":"other"}"#.utf8))
        let wrong = try document(#"{"id":"1","n":"x"}"#)
        let refused = await #expect(throws: Failure.self) { try await producers.write(.update, wrong, in: .books) }
        #expect(refused?.fields?.first?.field == "n")
        for removed in [1, 0] {
            #expect(try await producers.write(.delete, other, in: .books).removed == removed)
        }
        #expect(
            await #expect(throws: Failure.self) { try await producers.write(.update, other, in: .books) }?.code
                == .notFound
        )
    }

    @Test func `a write whose answer was lost is done again without harm, and is not lost if nobody does`() async throws
    {
        let box = FaultBox()
        let producers = try await shelf(.typesense) { box.put(FaultyTransport($0)) }
        let faults = try #require(box.transport)
        for fault in [FaultyTransport.Fault.refused, .answerLost] {
            try await producers.fill([text("before", nil)])
            faults.fail("/documents/import", with: [fault])
            let lost = await #expect(throws: Failure.self) { try await producers.bring([text("after", nil)]) }
            #expect(lost?.code == .unavailable)
            #expect(try await titles(producers) == ["after"], "a search brings it first")
        }
    }

    @Test(arguments: EngineKind.allCases) func `an index that is gone is filled again from the store`(kind: EngineKind)
        async throws
    {
        let prefix = "ours_\(UUID().uuidString)_"
        let producers = try await kind.producers(prefix: prefix)
        try await producers.make(#"{"name":"title","type":"string"}"#)
        try await producers.fill((1...450).map { #"{"id":"\#($0)","title":"line \#($0)"}"# })
        try await wipe(kind, producers, prefix)
        let answer = try await producers.ask(#"{"q":"line 450","query_by":"title"}"#)
        #expect(answer.found == 1 && answer.outOf == 450)
        #expect(try await producers.ask(#"{"q":"*","query_by":"title","per_page":250}"#).found == 450)
    }

    private func wipe(_ kind: EngineKind, _ producers: Producers, _ prefix: String) async throws {
        guard kind == .typesense else { return try await producers.breakIndex() }
        let server = try await TypesenseServer.shared.value
        #expect(try await server.ask(.delete, "/collections/\(prefix)own.books").status == 200)
    }

    @Test func `documents that are missing from Typesense are noticed while nobody asks`() async throws {
        let prefix = "ours_\(UUID().uuidString)_"
        let producers = try await EngineKind.typesense.producers(prefix: prefix)
        try await producers.make(#"{"name":"title","type":"string"}"#)
        try await producers.fill((1...3).map { #"{"id":"\#($0)","title":"line"}"# })
        let server = try await TypesenseServer.shared.value
        let path = "/collections/\(prefix)own.books/documents"
        #expect(try await server.ask(.delete, "\(path)/1").status == 200)
        let keeping = Task { await producers.keep(every: .milliseconds(5)) }
        while try await producers.ask(#"{"q":"line","query_by":"title"}"#).found < 3 {
            try Task.checkCancellation()
            await Task.yield()
        }
        keeping.cancel()
        await keeping.value
    }

    @Test func `a foreign collection in a producer's place stays as it is`() async throws {
        let prefix = "ours_\(UUID().uuidString)_"
        let server = try await TypesenseServer.shared.value
        let name = "\(prefix)own.books"
        let theirs = #"{"name":"\#(name)","fields":[{"name":"title","type":"string"}]}"#
        #expect(try await server.ask(.post, "/collections", theirs).status == 201)
        #expect(
            try await server.ask(.post, "/collections/\(name)/documents", #"{"id":"1","title":"theirs"}"#).status == 201
        )
        let producers = try await EngineKind.typesense.producers(prefix: prefix)
        let failure = await #expect(throws: Failure.self) {
            try await producers.make(#"{"name":"title","type":"string"}"#)
        }
        #expect(failure?.code == .conflict && failure?.detail.contains(name) == true)
        #expect(try await producers.collections().isEmpty)
        #expect(await #expect(throws: Failure.self) { try await producers.drop("books") }?.code == .notFound)
        let answer = try await server.ask(.get, "/collections/\(name)")
        #expect(String(decoding: answer.body, as: UTF8.self).contains(#""num_documents":1"#))
    }
}
