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

    @Test(arguments: [
        ("http://here/a?b=c", "here", "/a"), ("HTTPS://here:80/", "here:80", "/"), ("http://here", "here", "/"),
        ("http://here?b=/c", "here", "/"), ("http:///a", "", "/a"), ("http://a@b/", "a@b", "/"),
    ])
    func `an absolute target brings its authority`(raw: String, authority: String, path: String) throws {
        let target = try #require(RequestTarget(raw, method: "GET"))
        #expect(target.authority == authority)
        #expect(target.path == path)
        #expect(try #require(RequestTarget("/a", method: "GET")).authority == nil)
    }

    @Test func `an absolute target without a path is the server as a whole to OPTIONS`() {
        #expect(RequestTarget("http://here", method: "OPTIONS")?.path == "*")
        #expect(RequestTarget("http://here/", method: "OPTIONS")?.path == "/")
    }

    @Test func `the asterisk is for OPTIONS`() {
        #expect(RequestTarget("*", method: "OPTIONS")?.path == "*")
        #expect(RequestTarget("*", method: "GET") == nil)
    }
}
