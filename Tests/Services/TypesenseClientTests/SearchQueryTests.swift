// What is wrong with a question is said by field before any engine sees it.

import Bus
import Contracts
import Testing
import TypesenseClient

@Suite struct SearchQueryTests {
    static let badFilters: [(filter: String, problem: String)] = [
        ("colour:=red", "names the field \"colour\""),
        ("element_type=script", "needs a colon"),
        ("element_type:=", "lacks a value"),
        ("element_type:=a && ", "names the field \"\""),
        ("element_type:=a | element_id:=1", "must join conditions by && or ||"),
        ("(element_type:=a", "not closed"),
        ("element_type:=a)", "close what it opens"),
        ("element_type:=a ||", "names the field \"\""),
        ("sequence_number:[9..1]", "holds nothing"),
        ("sequence_number:[1..]", "no integer"),
        ("sequence_number:>1..2", "no integer"),
        (String(repeating: "(", count: 20) + "element_id:1" + String(repeating: ")", count: 20), "nested too deeply"),
        ("sequence_number:=three", "no integer"),
        ("sequence_number:>[1,2]", "with a list"),
        ("comment:>a", "it is text"),
        ("element_type:=[a,b", "does not end in ]"),
        ("element_type:=`a", "not closed"),
    ]

    @Test(arguments: badFilters) func `a filter that cannot be read says where`(filter: String, problem: String) {
        let failure = #expect(throws: Failure.self) { try query("*", filter: filter) }
        #expect(failure?.fields?.first?.field == "filter_by")
        #expect(failure?.detail.contains(problem) == true, "\(failure?.detail ?? "")")
    }

    /// Whatever the text, the parser ends: with clauses or with a failure about `filter_by`.
    @Test func `a filter cut at every byte is read or refused`() throws {
        let text = "(element_type:=[`a b`, c] || sequence_number:[1..3, 7]) && id:!=x"
        for end in text.indices.dropFirst() {
            do {
                _ = try query("*", filter: String(text[..<end]))
            } catch let failure as Failure {
                #expect(failure.fields?.first?.field == "filter_by")
            }
        }
    }

    @Test func `a value in back-ticks is taken as it is`() throws {
        let parsed = try query("*", filter: "comment:=`a && b, c]`")
        #expect(parsed.filter?.clauses.map(\.values) == [[.text("a && b, c]")]])
    }

    /// What Swift takes for one Character with the sign before or behind it, and what it takes for the sign itself.
    static let besideTicks = ["`\u{301}x`", "`\u{FE0F}x`", "`\u{200D}x`", "`x\u{600}`", "`x\u{D4E}`", "`x\u{1FEF}y`"]

    @Test(arguments: besideTicks) func `a back-tick is one whatever stands beside it`(value: String) throws {
        let text = String(value.unicodeScalars.dropFirst().dropLast().map(Character.init))
        let parsed = try query("*", filter: "comment:=\(value) && element_id:=1")
        #expect(parsed.filter?.clauses.count == 2)
        guard case .text(let read)? = parsed.filter?.clauses.first?.values.first else { return #expect(Bool(false)) }
        #expect(Array(read.utf8) == Array(text.utf8))
    }

    @Test(arguments: ["comment,\u{301}", "comment\u{600},", "comment\u{301}"])
    func `a comma is one whatever stands beside it`(fields: String) {
        let failure = #expect(throws: Failure.self) { try query("*", by: fields) }
        #expect(failure?.fields?.first?.field == "query_by")
    }

    @Test(arguments: ["element_id:\u{301}desc", "element_id\u{600}:desc", "element_id,\u{301}"])
    func `a sort is read by the scalar`(sort: String) {
        let failure = #expect(throws: Failure.self) { try query("*", sort: sort) }
        #expect(failure?.fields?.first?.field == "sort_by")
    }

    @Test(arguments: ["colour", "comment:up", "sequence_number:desc,element_id,version_number,element_id", "id"])
    func `a sort that cannot be is refused`(sort: String) {
        let failure = #expect(throws: Failure.self) { try query("*", sort: sort) }
        #expect(failure?.fields?.first?.field == "sort_by")
    }

    @Test func `&& binds closer than ||`() throws {
        let parsed = try query("*", filter: "element_id:1 || element_id:2 && version_number:3").filter
        guard case .any(let parts)? = parsed, case .all(let both)? = parts.last else { return #expect(Bool(false)) }
        #expect(parts.count == 2 && both.count == 2)
    }

    static let badParameters: [(SearchRequest, field: String)] = [
        (request(facets: "comment"), "facet_by"), (request(highlights: "element_id"), "highlight_fields"),
        (request(typos: 3), "num_typos"), (request(typos: -1), "num_typos"),
    ]

    private static func request(facets: String? = nil, highlights: String? = nil, typos: Int? = nil) -> SearchRequest {
        SearchRequest(
            query: .sample,
            queryBy: SearchText("comment") ?? .sample,
            facetBy: facets.flatMap(SearchText.init),
            highlightFields: highlights.flatMap(SearchText.init),
            numTypos: typos
        )
    }

    @Test(arguments: badParameters) func `what no engine can do is refused by name`(row: (SearchRequest, field: String))
    {
        let failure = #expect(throws: Failure.self) { try SearchQuery(row.0) }
        #expect(failure?.fields?.first?.field == row.field)
    }

    @Test(arguments: ["colour", "comment,", "element_id"]) func `only fields with words can be asked`(fields: String) {
        let failure = #expect(throws: Failure.self) { try query("*", by: fields) }
        #expect(failure?.fields?.first?.field == "query_by")
    }
}
