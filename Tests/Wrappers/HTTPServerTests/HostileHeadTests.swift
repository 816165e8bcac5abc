// What used to end in silence, in two answers, or in another server's words: over real sockets, cut and whole.

import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HostileHeadTests {
    private static let marks = String(repeating: "\u{301}\u{316}", count: 16)
    private static let escapedMarks = String(repeating: "%CC%81%CC%96", count: 16)

    static let limits: [(head: String, status: Int)] = [
        ("GET /health?\(String(repeating: "a&", count: 1500)) HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nCookie: \(String(repeating: "a=b; ", count: 1000))\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "X: y\r\n", count: 1150))\r\n", 431),
        ("GET /\(String(repeating: "x", count: 40_000)) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +40\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\n", 400),
        ("GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505), ("GARBAGE\r\n\r\n", 400), ("\0GET / HTTP/1.1\r\n\r\n", 400),
        // Comparing it, with whatever, would take time that grows with its square.
        ("GET / HTTP/1.1\r\nHost: x\r\nAccept: \(marks)\r\n\r\n", 400),
        ("\(marks) / HTTP/1.1\r\nHost: x\r\n\r\n", 400), ("GET /?a=\(escapedMarks) HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\n\n", 400),
    ]

    @Test(arguments: limits.indices)
    func `there is one answer, in our words, and then the end`(index: Int) async throws {
        let (head, status) = Self.limits[index]
        let server = try TestServer.start(
            refusal: { refusal, _ in HTTPResponse(status: refusal.status, body: Array("ours".utf8)) },
            handler: { _ in .text("smuggled") }
        )
        let client = try RawClient(server.port)
        let answer = try await client.exchange(head)
        #expect(answer.status == status)
        #expect(answer.text == "ours")
        #expect(answer["Connection"] == "close")
        #expect(await client.rest().isEmpty, "one head, one answer")
    }

    private static let manyMarks = String(repeating: "\u{301}\u{316}", count: 1000)

    static let incomparable: [(head: String, status: Int, told: String)] = [
        ("GET /?\(manyMarks) HTTP/1.1\r\nHost: x\r\nOrigin: y\r\n\r\n", 400, " x y"),
        ("GET /\(marks) HTTP/1.1\r\nHost: x\r\n\r\n", 400, " x -"),
        ("GET http://\(marks)/ HTTP/1.1\r\nHost: x\r\n\r\n", 400, " x -"),
        ("GET /#\(marks) HTTP/1.1\r\nHost: x\r\n\r\n", 400, " x -"),
        ("GET /\(manyMarks)\(manyMarks)\(manyMarks) HTTP/1.1\r\nHost: x\r\n\r\n", 414, " - -"),
        ("GET /1 HTTP/1.1\r\nHost: x\r\nOrigin: \(marks)\r\n\r\n", 400, "/1 x -"),
        ("GET /1 HTTP/1.1\r\nHost: \(marks)\r\nOrigin: y\r\n\r\n", 400, "/1 - y"),
        ("GET /1 HTTP/1.1\r\nHost: x\r\nOrigin: \(marks)\r\nX: \0\r\n\r\n", 400, "/1 x -"),
    ]

    /// Whoever renders a refusal looks for its route and its origin. In a normal form that is, so what would be slow there is left out.
    @Test(arguments: incomparable.indices)
    func `of what is refused only what may be compared is told on`(index: Int) async throws {
        let (head, status, told) = Self.incomparable[index]
        let server = try TestServer.start(
            refusal: { refusal, request in
                let words = [request.path, request.headers["Host"] ?? "-", request.headers["Origin"] ?? "-"]
                return HTTPResponse(status: refusal.status, body: Array(words.joined(separator: " ").utf8))
            },
            handler: { _ in .text("reached") }
        )
        let answer = try await RawClient(server.port).exchange(head)
        #expect(answer.status == status)
        #expect(answer.text == told)
    }

    @Test func `requests before a refused one are answered first`() async throws {
        let server = try TestServer.echo()
        let client = try RawClient(server.port)
        let get = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
        try await client.send(get + get + "GET /2 HTTP/1.1\nHost: x\r\n\r\n" + get)
        for _ in 0..<2 { #expect(try await client.response().status == 200) }
        #expect(try await client.response().status == 400)
        #expect(await client.rest().isEmpty)
    }

    /// RFC 9110 §10.1.1 forbids to ask so; some clients do.
    @Test(arguments: ["", "{}", "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n"])
    func `who waits for leave to send nothing has the answer, whatever comes behind`(behind: String) async throws {
        let server = try TestServer.echo()
        for length in ["", "Content-Length: 0\r\n"] {
            for method in ["GET", "POST", "PUT", "DELETE"] {
                let client = try RawClient(server.port)
                try await client.send(
                    "\(method) /1 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\(length)\r\n\(behind)"
                )
                client.finishSending()
                #expect(try await client.response().status == 200, "\(method) \(length)")
            }
        }
    }

    /// Both are in the kernel when the server reads, which then is told of no end.
    @Test func `who says with a request that this was all is let go with the answer`() async throws {
        let server = try TestServer.echo { $0.idleTimeout = .seconds(300) }
        let began = ContinuousClock.now
        for (count, half) in [(1, ""), (1, ""), (1, "GET /2"), (2, ""), (3, "POST /2 HTTP/1.1\r\nHost: x\r\n")] {
            let client = try RawClient(server.port)
            let get = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
            try await client.send(String(repeating: get, count: count) + half)
            client.finishSending()
            for _ in 1...count { #expect(try await client.response().status == 200) }
            #expect(await client.rest().isEmpty)
        }
        #expect(began.duration(to: .now) < .seconds(15), "the client gives up after twenty")
    }

    @Test(arguments: [
        "GET /1", "GET /1 HTTP/1.1\r\nHost: x\r\n", "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12",
        "POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12",
        "POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n", "\r", "\r\n\r\n",
    ])
    func `who says with half a request that this was all is let go`(half: String) async throws {
        let server = try TestServer.echo { $0.idleTimeout = .seconds(300) }
        let began = ContinuousClock.now
        for _ in 1...5 {
            let client = try RawClient(server.port)
            try await client.send(half)
            client.finishSending()
            #expect(try await client.untilClosed().received.isEmpty)
        }
        #expect(began.duration(to: .now) < .seconds(8), "a head has ten seconds")
    }

    @Test func `what is sent after the last request is nobody's`() async throws {
        let server = try TestServer.echo()
        let client = try RawClient(server.port)
        let answer = try await client.exchange(
            "GET /1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n\0\n\0GET /2\n\n"
        )
        #expect(answer.status == 200)
        #expect(await client.rest().isEmpty)
    }
}
