// The outermost level of a JSON text: what is found there, as it stands, and that a text cut anywhere traps nowhere.

import Testing

@testable import Gateway

@Suite struct JSONSkimTests {
    private func members(_ names: Set<String>, of text: String) -> [String: String] {
        JSONSkim.members(names, of: Array(text.utf8)[...]).mapValues { String(decoding: $0, as: UTF8.self) }
    }

    private func elements(of text: String) -> [String] {
        var found: [String] = []
        JSONSkim.each(in: Array(text.utf8)[...]) { found.append(String(decoding: $1, as: UTF8.self)) }
        return found
    }

    @Test func `members are found at the top and nowhere below`() {
        let text =
            #" { "a" : [1,{"revision":2}] , "data":{"revision":3}, "revision" : 17 , "#
            + #""text":"\"revision\":4,{" } "#
        #expect(members(["revision"], of: text) == ["revision": "17"])
        #expect(members(["text", "a"], of: text) == ["a": #"[1,{"revision":2}]"#, "text": #""\"revision\":4,{""#])
    }

    @Test func `a name is not a part of one, nor what is between its quotes in a text`() {
        #expect(members(["revision"], of: #"{"sequenceRevision":1,"x":"revision","revisions":2}"#) == [:])
    }

    @Test(
        arguments: [
            ("[]", []), (" [ ] ", []), ("{}", []),
            (#"[1, "a,]b" ,{"c":[2,3]},[4]]"#, ["1", #""a,]b""#, #"{"c":[2,3]}"#, "[4]"]),
            (#"["\\","\"",""]"#, [#""\\""#, #""\"""#, #""""#]),
        ] as [(String, [String])]
    )
    func `elements come as they are`(text: String, expected: [String]) { #expect(elements(of: text) == expected) }

    /// A reply is trusted, but not with the gateway's life.
    @Test func `a text cut anywhere traps nowhere`() {
        let whole = Array(#"{"a":"\"\\","b":[{"c":"]}"}],"revision":17}"#.utf8)
        for length in 0...whole.count { _ = JSONSkim.members(["a", "revision"], of: whole.prefix(length)) }
        for start in 0..<whole.count { _ = JSONSkim.members(["a", "revision"], of: whole[start...]) }
        #expect(JSONSkim.members(["revision"], of: Array("]]}},:{".utf8)[...]).isEmpty)
    }
}
