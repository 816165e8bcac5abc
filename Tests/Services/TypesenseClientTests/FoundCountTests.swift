// What very many documents have is not looked for to its end: counts stop, the answer says so, and what is ordered stays in order.

import Bus
import Contracts
import Storage
import Testing

@testable import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct FoundCountTests {
    /// As many as 60 documents with a word; every third has a second one, and every sixth is twice as long.
    private func filled(_ kind: EngineKind) async throws -> any SearchEngine {
        let engine = try await kind.make()
        try await engine.apply(
            (1...60).map { id in
                let more = id.isMultiple(of: 3) ? " other" : ""
                let long = id.isMultiple(of: 6) ? " and much more besides" : ""
                return try change(.created, id, number: id, "common\(more)\(long)", revision: UInt64(id))
            }
        )
        return engine
    }

    private func ask(_ json: String, atMost most: Int) throws -> SearchQuery {
        var limits = SearchLimits()
        limits.found = most
        return try SearchQuery(parameters(json), limits)
    }

    @Test(arguments: EngineKind.allCases) func `counting ends where it is told to, and the answer says so`(
        kind: EngineKind
    ) async throws {
        let engine = try await filled(kind)
        let fields = #""query_by":"comment""#
        for (question, all) in [
            (#""q":"common""#, 60), (#""q":"*""#, 60), (#""q":"other""#, 20), (#""q":"common -other""#, 40),
            (#""q":"common","filter_by":"element_id:<=30""#, 30), (#""q":"o""#, 20), (#""q":"nothing""#, 0),
        ] {
            for most in [10, 20, 30, 40, 60, 100] {
                let answer = try await engine.search(try ask("{\(question),\(fields)}", atMost: most))
                #expect(answer.found == min(all, most), "\(question) \(most)")
                #expect(answer.foundMore == (all > most ? true : nil), "\(question) \(most)")
                #expect(answer.hits.count == min(10, all), "\(question) \(most)")
            }
        }
    }

    @Test func `of more than are counted the shortest of the first come first`() async throws {
        let engine = try await filled(.builtIn)
        let query = try ask(#"{"q":"common","query_by":"comment","per_page":7}"#, atMost: 10)
        let hits = try await engine.search(query).hits.map(\.elementId.value)
        // Of the first ten, six have one word; the next ones two.
        #expect(hits == [1, 2, 4, 5, 7, 8, 10])
        let next = try ask(#"{"q":"common","query_by":"comment","per_page":7,"page":2}"#, atMost: 10)
        #expect(try await engine.search(next).hits.map(\.elementId.value) == [3, 9, 6])
    }

    @Test func `of more than are counted a guess has the first`() async throws {
        let engine = try await filled(.builtIn)
        let query = try ask(#"{"q":"comomn","query_by":"comment","num_typos":1,"per_page":7,"page":2}"#, atMost: 10)
        let answer = try await engine.answer(query).answer
        #expect(answer.hits.map(\.elementId.value) == [8, 9, 10] && answer.found == 10 && answer.foundMore == true)
    }

    /// Also where more are alike than a page has, and where a page is the last or behind it.
    @Test(arguments: [1, 7, 20, 50, 100]) func `pages by relevance are the pieces of one list`(size: Int) async throws {
        let engine = try await filled(.builtIn)
        var hits: [Int] = []
        for page in 1...(100 / size + 1) {
            let query = #"{"q":"common","query_by":"comment","per_page":\#(size),"page":\#(page)}"#
            hits += try await engine.search(try ask(query, atMost: 1_000)).hits.map(\.elementId.value)
        }
        let (sixth, third) = (Array(stride(from: 6, through: 60, by: 6)), Array(stride(from: 3, through: 57, by: 6)))
        #expect(hits == (1...60).filter { !$0.isMultiple(of: 3) } + third + sixth)
    }

    @Test(arguments: EngineKind.allCases) func `what is sorted is sorted among all`(kind: EngineKind) async throws {
        let engine = try await filled(kind)
        for question in [#""q":"common""#, #""q":"*""#] {
            let sorted = #""query_by":"comment","sort_by":"sequence_number:desc","per_page":3"#
            let answer = try await engine.search(try ask("{\(question),\(sorted)}", atMost: 10))
            #expect(answer.hits.map(\.sequenceNumber) == [60, 59, 58] && answer.foundMore == true)
            // Pages go on behind what is counted.
            let last = try await engine.search(try ask("{\(question),\(sorted),\"page\":20}", atMost: 10))
            #expect(last.hits.map(\.sequenceNumber) == [3, 2, 1] && last.found == 10)
        }
        let named = try ask(#"{"q":"*","query_by":"comment","per_page":3}"#, atMost: 10)
        #expect(try await engine.search(named).hits.map(\.elementId.value) == [1, 2, 3])
    }

    @Test(arguments: EngineKind.allCases) func `producers' collections are counted the same way`(kind: EngineKind)
        async throws
    {
        let producers = try await kind.producers()
        try await producers.make(#"{"name":"title","type":"string"}"#)
        try await producers.fill((1...30).map { #"{"id":"\#($0)","title":"line"}"# })
        var limits = SearchLimits()
        for (most, found, more) in [(10, 10, true), (30, 30, nil)] as [(Int, Int, Bool?)] {
            limits.found = most
            let question = try parameters(#"{"q":"line","query_by":"title"}"#)
            let answer = try await producers.search(.books, question, limits)
            #expect(answer.found == found && answer.foundMore == more)
        }
    }

    @Test func `everything is read in its order, and not sorted`() async throws {
        let engine = try BuiltInEngine(.memory)
        for order in ["place DESC, element_type, element_id", "element_type, element_id, place"] {
            let plan = "EXPLAIN QUERY PLAN SELECT comment FROM document ORDER BY \(order) LIMIT 10"
            let steps = try await engine.reading { try $0.rows(SQL(once: plan), []) { $0.text(3) } }
            #expect(steps.contains { $0.contains("USING INDEX document_by_") }, "\(steps)")
        }
    }
}
