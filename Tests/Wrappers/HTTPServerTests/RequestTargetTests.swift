// The query, decoded.

import Testing

@testable import HTTPServer

struct RequestTargetTests {
    @Test(arguments: [
        ("/", "/", ""),
        ("/?", "/", ""),
        ("/a%2fb?x=1", "/a%2fb", "x=1"),
        ("/?x=1&x=2&y", "/", "x=1,x=2,y="),
        ("/?a=b=c&&=v&d=", "/", "a=b=c,=v,d="),
        ("/?q=a+b%20c%2Bd", "/", "q=a b c+d"),
        ("/?na%6De=gr%C3%BCn", "/", "name=grün"),
        ("/p?q=a?b/c", "/p", "q=a?b/c"),
        ("/?nul=%00", "/", "nul=\0"),
    ])
    func `a target is a raw path and a decoded query`(raw: String, path: String, query: String) throws {
        let target = try #require(RequestTarget(raw, method: "GET"))
        #expect(target.path == path)
        #expect(target.query.map { "\($0.name)=\($0.value)" }.joined(separator: ",") == query)
    }

    @Test func `the asterisk is for OPTIONS`() {
        #expect(RequestTarget("*", method: "OPTIONS")?.path == "*")
        #expect(RequestTarget("*", method: "GET") == nil)
    }
}
