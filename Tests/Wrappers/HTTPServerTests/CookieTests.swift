// Cookies reach whoever asks for the fields of a request as they came, wherever their bytes were cut; libmicrohttpd makes nothing of them.

import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(1))) struct CookieTests {
    private static let heads = [
        "GET / HTTP/1.1\r\nCookie: a=b; c=\"\r\nHost: x\r\ncOOKIE:\r\nX-Cookie: d\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\nCookie: \"a=b; c=\"\r\n\r\nCookie:",
        "GET / HTTP/1.1\r\nHost: x\r\nCookie: \(String(repeating: "a", count: 9000))\r\nCookie: e=f\r\n\r\n",
    ]
    private static let answers = [
        "Cookie=a=b; c=\"|Host=x|cOOKIE=|X-Cookie=d", "Host=x|Content-Length=7|Cookie=\"a=b; c=\"",
        "Host=x|Cookie=\(String(repeating: "a", count: 9000))|Cookie=e=f",
    ]

    private static func server() throws -> HTTPServer {
        try TestServer.start { request in
            let fields = request.headers.entries.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
            return HTTPResponse(status: 200, headers: [], body: Array(fields.utf8))
        }
    }

    @Test func `three requests in one packet have their cookies`() async throws {
        let server = try Self.server()
        let client = try RawClient(server.port)
        try await client.send(Self.heads.joined())
        for expected in Self.answers { #expect(try await client.response().text == expected) }
    }

    @Test func `byte by byte as well`() async throws {
        let server = try Self.server()
        let client = try RawClient(server.port)
        try await client.sendByteByByte(Self.heads[0] + Self.heads[1])
        for expected in Self.answers.prefix(2) { #expect(try await client.response().text == expected) }
    }

    @Test func `where their names begin is known, also of what had come before`() {
        let text = Array((Self.heads[0] + Self.heads[1]).utf8)
        let line = Array("\r\n".utf8)
        // A name follows a line that has something in it; the body follows an empty one.
        let names = text.indices.dropFirst(4).filter { index in
            text[(index - 2)..<index].elementsEqual(line) && !text[(index - 4)..<index].elementsEqual(line + line)
                && String(decoding: text[index...].prefix(7), as: UTF8.self).lowercased() == "cookie:"
        }
        for cut in text.indices {
            var judge = FramingJudge(limits: RequestLimits(), bodyLimit: 100)
            var seen: [Int] = []
            for (start, piece) in [(0, text[..<cut]), (cut, text[cut...])] {
                _ = judge.take(piece)
                seen += judge.cookies.map { $0 + start }
            }
            #expect(seen == names)
        }
    }

    /// Else a client could veil a name itself.
    @Test func `a name that begins as a veiled one is refused`() async throws {
        let server = try Self.server()
        let client = try RawClient(server.port)
        try await client.send(Array("GET / HTTP/1.1\r\nHost: x\r\n".utf8) + [0xE3] + Array("ookie: a\r\n\r\n".utf8))
        let answer = try await client.response()
        #expect(answer.status == 400 && answer.text.contains("invalidFieldName"))
    }
}
