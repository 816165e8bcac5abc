// The module as the bus sees it.

import Bus
import Contracts
import Storage
import Testing
import TypesenseClient

@Suite struct HandlersTests {
    private func call(_ engine: any SearchEngine, _ operation: String, _ json: String) async throws -> String {
        let entry = try #require(TypesenseClient.handlers(engine: engine).entries[operation])
        let context = CallContext(operation: operation)
        return String(decoding: try await entry.body(Array(json.utf8)[...], context), as: UTF8.self)
    }

    @Test func `sync, search and collections in JSON`() async throws {
        let engine = try BuiltInEngine(.memory)
        let document = """
            {"comment":"Hamlet","element_id":1,"element_type":"script","id":"script_1","sequence_name":"script",\
            "sequence_number":1,"service_name":"service_a","version_number":1}
            """
        let synced = try await call(engine, "typesense_client.sync", #"{"documents":[\#(document)]}"#)
        #expect(synced == #"{"indexed":1,"refused":[]}"#)
        let found = try await call(engine, "typesense_client.search", #"{"q":"ham","query_by":"comment"}"#)
        #expect(found.hasPrefix(#"{"found":1,"hits":[\#(document)],"page":1,"search_time_ms":"#), "\(found)")
        let same = try await call(engine, "typesense_client.search_by_query", #"{"q":"ham","query_by":"comment"}"#)
        #expect(same.hasPrefix(#"{"found":1,"hits":[\#(document)],"page":1,"search_time_ms":"#), "\(same)")
        let marked = try await call(
            engine,
            "typesense_client.search",
            #"{"q":"ham","query_by":"comment","highlight_fields":"comment"}"#
        )
        #expect(
            marked.contains(#""highlights":[{"field":"comment","id":"script_1","value":"<mark>Hamlet"#),
            "\(marked)"
        )
        let collection = try await call(engine, "typesense_client.collections.read", #"{"name":"elements"}"#)
        #expect(collection.contains(#""num_documents":1"#))
        #expect(try await call(engine, "typesense_client.parked", "{}") == #"{"parked":[]}"#)
    }

    @Test func `more hits than the topology gives are refused by name`() async throws {
        var limits = SearchLimits()
        limits.hits = 5
        let search = try #require(
            TypesenseClient.handlers(engine: BuiltInEngine(.memory), limits: limits).entries["typesense_client.search"]
        )
        for (field, count) in [("max_hits", 6), ("per_page", 6), ("per_page", 250)] {
            let body = #"{"q":"a","query_by":"comment","\#(field)":\#(count)}"#
            let failure = await #expect(throws: Failure.self) {
                try await search.body(Array(body.utf8)[...], CallContext(operation: "typesense_client.search"))
            }
            #expect(failure?.fields?.first?.field == field)
        }
    }

    @Test func `a document under a wrong id is refused`() async throws {
        let document = """
            {"comment":"","element_id":2,"element_type":"script","id":"script_1","sequence_name":"script",\
            "sequence_number":1,"service_name":"service_a","version_number":1}
            """
        let engine = try BuiltInEngine(.memory)
        let failure = await #expect(throws: Failure.self) {
            try await call(engine, "typesense_client.sync", #"{"documents":[\#(document)]}"#)
        }
        #expect(failure?.fields == [.init("documents.0.id", "must be \"script_2\"")])
        #expect(try await engine.search(query("*")).found == 0)
    }

    @Test func `a collection that is not there is not found`() async throws {
        let engine = try BuiltInEngine(.memory)
        let failure = await #expect(throws: Failure.self) {
            try await call(engine, "typesense_client.collections.read", #"{"name":"others"}"#)
        }
        #expect(failure?.code == .notFound)
    }

    @Test func `parked changes are listed, tried again and given up`() async throws {
        let engine = try BuiltInEngine(.memory)
        try await engine.apply(IndexBatch(parking: try event(change(1, "a line", revision: 5)), reason: "not its day"))
        try await engine.apply(IndexBatch(parking: poison(offset: 6), reason: "never"))
        #expect(
            try await call(engine, "typesense_client.parked", "{}")
                == #"{"parked":[{"attempts":1,"id":"script_1","offset":5,"reason":"not its day"},"#
                + #"{"attempts":1,"id":"script_0","offset":6,"reason":"never"}]}"#
        )
        #expect(
            try await call(engine, "typesense_client.parked.replay", "{}")
                == #"{"applied":1,"parked":[{"attempts":2,"id":"script_0","offset":6,"#
                + #""reason":"elementId must be at least 1"}]}"#
        )
        #expect(try await engine.ids(query("line")) == ["script_1"])
        _ = try await call(engine, "typesense_client.parked.discard", #"{"offset":6}"#)
        #expect(try await call(engine, "typesense_client.parked", "{}") == #"{"parked":[]}"#)
        let failure = await #expect(throws: Failure.self) {
            try await call(engine, "typesense_client.parked.discard", #"{"offset":6}"#)
        }
        #expect(failure?.code == .notFound)
    }
}
