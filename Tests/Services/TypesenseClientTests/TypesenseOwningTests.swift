// What is somebody else's in Typesense stays as it is (issue 9).

import Bus
import Contracts
import Foundation
import HTTPClient
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct TypesenseOwningTests {
    /// A collection that somebody else made, with one document.
    private func foreign(_ name: String, marked: String? = nil) async throws -> TypesenseServer {
        let server = try await TypesenseServer.shared.value
        let mark = marked.map { #",{"name":"\#($0)","type":"string","optional":true,"index":false}"# } ?? ""
        let schema = #"{"name":"\#(name)","fields":[{"name":"title","type":"string"}\#(mark)]}"#
        #expect(try await server.ask(.post, "/collections", schema).status == 201)
        let document = #"{"id":"script_1","title":"theirs"}"#
        #expect(try await server.ask(.post, "/collections/\(name)/documents", document).status == 201)
        return server
    }

    private func expectUntouched(_ name: String, _ server: TypesenseServer) async throws {
        let answer = try await server.ask(.get, "/collections/\(name)")
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(text.contains(#""num_documents":1"#) && text.contains(#""title""#), "\(text)")
    }

    @Test(arguments: ["", "ours_"]) func `a foreign collection in our place keeps us from starting, and stays as it is`(
        prefix: String
    ) async throws {
        let collection = "foreign-\(UUID().uuidString)"
        let server = try await foreign(prefix + collection)
        let failure = await #expect(throws: Failure.self) {
            try await server.engine(collection: collection).refuseForeign()
        }
        #expect(failure?.code == .conflict)
        #expect(failure?.detail.contains("\"\(prefix + collection)\"") == true)
        #expect(failure?.detail.contains("search.prefix") == true, "the remedy")
        try await expectUntouched(prefix + collection, server)
    }

    @Test func `whatever an engine does, a foreign collection stays as it is`() async throws {
        let collection = "foreign-\(UUID().uuidString)"
        let server = try await foreign("ours_" + collection)
        let engine = try server.engine(collection: collection)
        for _ in 1...2 {
            #expect(await #expect(throws: Failure.self) { try await engine.checkpoint() }?.code == .conflict)
            #expect(await #expect(throws: Failure.self) { try await engine.reset() }?.code == .conflict)
            await #expect(throws: IndexLost.self) { try await engine.look() }
        }
        try await expectUntouched("ours_" + collection, server)
    }

    @Test func `a mark of another ecosystem is no mark of ours`() async throws {
        let collection = "foreign-\(UUID().uuidString)"
        let server = try await foreign("ours_" + collection, marked: "_fountain_tests_two_0123456789abcdef")
        let failure = await #expect(throws: Failure.self) {
            try await server.engine(collection: collection).refuseForeign()
        }
        #expect(failure?.code == .conflict)
    }

    @Test func `collections of others are not shown`() async throws {
        let (mine, theirs, nobodys) = (UUID().uuidString, UUID().uuidString, UUID().uuidString)
        let server = try await foreign(nobodys)
        let engine = try server.engine(collection: mine)
        _ = try await engine.checkpoint()
        _ = try await server.engine(collection: theirs, ecosystem: "other").checkpoint()
        let shown = try await engine.collections()
        #expect(shown.map(\.name).contains(mine), "by the name that users know")
        #expect(!shown.contains { $0.name.contains(theirs) || $0.name.contains(nobodys) })
        #expect(!shown.contains { $0.fields.contains { $0.name.contains("fountain") } })
    }

    @Test func `nothing in our place is no reason not to start`() async throws {
        let server = try await TypesenseServer.shared.value
        try await server.engine().refuseForeign()
        let engine = try server.engine()
        _ = try await engine.checkpoint()
        try await engine.refuseForeign()
        try await server.engine(nodes: ["http://127.0.0.1:1"]).refuseForeign()
    }
}
