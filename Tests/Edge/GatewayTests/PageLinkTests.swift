// The `Link` to the next page: the same question with another beginning, and none on the last page.

import Testing

@testable import Gateway

@Suite struct PageLinkTests {
    private func link(_ body: String, _ query: [(name: String, value: String)] = []) -> String? {
        JSONSkim.members(["next"], of: Array(body.utf8)[...])["next"].flatMap { PageLink.next($0, after: query) }
    }

    @Test func `the next page is where this one is, behind what ended it`() {
        let query = [(name: "limit", value: "9"), (name: "after", value: "old"), (name: "name", value: "a b&c")]
        #expect(link(#"{"elements":[],"next":"a.7"}"#, query) == #"<?limit=9&name=a%20b%26c&after=a.7>; rel="next""#)
        #expect(link(#"{"next":17}"#) == #"<?after=17>; rel="next""#)
        // Where this page began is not where the next one does.
        #expect(link(#"{"next":17}"#, [(name: "from", value: "8")]) == #"<?after=17>; rel="next""#)
        #expect(link(#"{"next":"é>\"; rel=\"prev"}"#) == #"<?after=%C3%A9%3E%22%3B%20rel%3D%22prev>; rel="next""#)
    }

    @Test(arguments: ["{}", #"{"next":null}"#, #"{"elements":[{"next":"inner"}]}"#, "[]", "", #"{"next":{}}"#])
    func `the last page has none`(body: String) { #expect(link(body) == nil) }
}
