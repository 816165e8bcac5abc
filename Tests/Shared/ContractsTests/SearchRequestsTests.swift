// A document as JSON, spelt as the index has it, and what is wrong with a search by its field, in the words that reach the client.

import Bus
import Contracts
import Testing

@Suite struct SearchRequestsTests {
    @Test func `a document is spelt as the index spells it`() throws {
        let element = ElementReference(elementType: .script, elementId: try #require(ElementID(1)))
        let document = SearchDocument(
            element: element,
            sequenceNumber: 2,
            versionNumber: 3,
            comment: try #require(Comment("Hamlet"))
        )
        #expect(
            String(decoding: try PayloadCoding.encode(document), as: UTF8.self) == """
                {"comment":"Hamlet","element_id":1,"element_type":"script","id":"script_1",\
                "sequence_name":"script","sequence_number":2,"service_name":"service_a","version_number":3}
                """
        )
    }

    static let bad: [(json: String, field: String, problem: String)] = [
        (#"{"query_by":"comment"}"#, "q", "is required"),
        (#"{"q":"","query_by":"comment"}"#, "q", "must not be empty"),
        (#"{"q":"*","query_by":"comment","max_hits":0}"#, "max_hits", "must be at least 1"),
        (#"{"q":"*","query_by":"comment","max_hits":251}"#, "max_hits", "must be at most 250"),
    ]

    @Test(arguments: bad) func `a bad search names the field and what is wrong`(
        json: String,
        field: String,
        problem: String
    ) {
        let failure = #expect(throws: Failure.self) {
            try PayloadCoding.decode(SearchRequest.self, from: Array(json.utf8)[...])
        }
        #expect(failure?.fields == [.init(field, problem)])
    }
}
