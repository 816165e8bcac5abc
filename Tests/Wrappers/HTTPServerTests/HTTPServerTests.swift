// What a well-behaved client gets.

import HTTPServer
import Logging
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HTTPServerTests {
    @Test func `a request reaches the handler as it was sent`() async throws {
        let requests = Events<HTTPRequest>()
        let server = try TestServer.start { request in
            requests.happened(request)
            return .text("hello")
        }
        let response = try await RawClient(server.port).exchange(
            "POST /a%2Fb/c HTTP/1.1\r\nHost: here\r\nX-Two: 1\r\nx-two:\t2 \r\nX-Empty:\r\nContent-Length: 4\r\n\r\nbody"
        )
        #expect(response.status == 200)
        #expect(response.text == "hello")
        #expect(response["Content-Length"] == "5")
        #expect(response["Content-Type"] == "text/plain; charset=utf-8")
        #expect(response["Date"] != nil)
        let request = try #require(await requests.next())
        #expect(request.method == "POST")
        #expect(request.path == "/a%2Fb/c")
        #expect(request.headers.entries.map(\.name) == ["Host", "X-Two", "x-two", "X-Empty", "Content-Length"])
        #expect(request.headers.all("X-TWO") == ["1", "2"])
        #expect(request.headers["x-empty"] == "")
        #expect(request.headers["absent"] == nil)
        #expect(request.body == Array("body".utf8))
        #expect(request.remoteAddress == "127.0.0.1")
    }

    @Test func `pipelined requests on one connection are answered in order`() async throws {
        let server = try TestServer.echo()
        let client = try RawClient(server.port)
        let paths = (0..<20).map { "/\($0)" }
        try await client.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
        for path in paths {
            #expect(try await client.response().text == "GET \(path)? 0 ")
        }
    }

    @Test(arguments: [
        ("5\r\nhello\r\n0\r\n\r\n", "5 hello"),
        ("1\r\na\r\n2;name=value\r\nbc\r\n0\r\n\r\n", "3 abc"),
        ("A\r\n0123456789\r\n0\r\nTrailer: ignored\r\n\r\n", "10 0123456789"),
        ("0\r\n\r\n", "0 "),
    ])
    func `a chunked body arrives whole and the connection lives on`(chunks: String, expected: String) async throws {
        let server = try TestServer.echo()
        let client = try RawClient(server.port)
        let head = "PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(try await client.exchange(head + chunks).text == "PUT /c? \(expected)")
        #expect(try await client.exchange("GET /next HTTP/1.1\r\nHost: x\r\n\r\n").text == "GET /next? 0 ")
    }

    /// The kernel has more than libmicrohttpd asks for, and of that the head which is not whole is held back: no byte comes any more to tell of the
    /// rest, and what is left of the last request would be waited for until its head is too late.
    @Test(arguments: [2, 3, 8])
    func `pipelined requests beyond libmicrohttpd's buffer are all answered`(count: Int) async throws {
        let server = try TestServer.echo()
        let client = try RawClient(server.port)
        let pad = String(repeating: "x", count: 12 << 10)
        let requests = (1...count).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\nX-Pad: \(pad)\r\n\r\n" }.joined()
        #expect(try await client.exchange("GET /0 HTTP/1.1\r\nHost: x\r\n\r\n").status == 200)
        let began = ContinuousClock.now
        for _ in 1...3 {
            try await client.send(requests)
            for number in 1...count { #expect(try await client.response().text == "GET /\(number)? 0 ") }
        }
        #expect(began.duration(to: .now) < .seconds(8), "a head has ten seconds")
    }

    @Test func `HEAD gets the headers of GET and no body`() async throws {
        let server = try TestServer.echo()
        let client = try RawClient(server.port)
        let head = try await client.exchange("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n", isHead: true)
        #expect(head.status == 200)
        #expect(head["Content-Length"] == "\("HEAD /h? 0 ".utf8.count)")
        // Had a body followed, this answer would not parse.
        #expect(try await client.exchange("GET /g HTTP/1.1\r\nHost: x\r\n\r\n").text == "GET /g? 0 ")
    }

    @Test func `a client that expects 100 Continue is told to go on`() async throws {
        let server = try TestServer.echo()
        let client = try RawClient(server.port)
        let head = "POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        #expect(try await client.exchange(head).status == 100)
        #expect(try await client.exchange("ok").text == "POST /e? 2 ok")
    }

    @Test(arguments: [(204, "No Content"), (304, "Not Modified")])
    func `an answer that has no body sends none`(status: Int, reason: String) async throws {
        let server = try TestServer.start { _ in HTTPResponse(status: status, body: Array(reason.utf8)) }
        let client = try RawClient(server.port)
        for _ in 0..<2 {
            #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status == status)
        }
    }

    @Test func `HTTP 1.0 needs no Host and is closed after the answer`() async throws {
        let server = try TestServer.echo()
        let client = try RawClient(server.port)
        #expect(try await client.exchange("GET /old HTTP/1.0\r\n\r\n").text == "GET /old? 0 ")
        #expect(await client.rest().isEmpty)
    }

    @Test(arguments: 0..<2)
    func `a request cut in two at any byte is the same request`(isChunked: Int) async throws {
        let server = try TestServer.echo()
        let client = try RawClient(server.port)
        let framing =
            isChunked == 1
            ? "Transfer-Encoding: chunked\r\n\r\n3\r\nbod\r\n1;x\r\ny\r\n0\r\n\r\n" : "Content-Length: 4\r\n\r\nbody"
        let bytes = Array("POST /cut%20here?q=%41&r HTTP/1.1\r\nHost: x\r\nX-Pad: 1\r\n\(framing)".utf8)
        for cut in 1..<bytes.count {
            try await client.send(Array(bytes[..<cut]))
            try await client.send(Array(bytes[cut...]))
            let response = try await client.response()
            #expect(response.status == 200, "cut at \(cut)")
            #expect(response.text == "POST /cut%20here?q=A,r= 4 body", "cut at \(cut)")
        }
    }

    @Test func `a large answer and a large body pass`() async throws {
        let server = try TestServer.start { HTTPResponse(status: 200, body: $0.body) }
        let client = try RawClient(server.port)
        let body = [UInt8](repeating: 0x61, count: 1 << 20)
        async let sent: Void = client.send(
            Array("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n".utf8) + body
        )
        try await sent
        let isSame = try await client.response().body == body
        #expect(isSame)
    }

    @Test func `handlers run on the executor they were given`() async throws {
        let executor = QueueExecutor()
        let server = try HTTPServer(
            configuration: HTTPServerConfiguration(),
            logger: .init(label: "test"),
            executorPreference: executor,
            handler: { _ in .text("\(executor.isCurrent)") }
        )
        #expect(try await RawClient(server.port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").text == "true")
    }

    @Test func `an address that is not in numbers or not ours is refused with the reason`() throws {
        #expect(throws: HTTPServerError.badAddress("localhost")) {
            try TestServer.echo { $0.host = "localhost" }
        }
        let server = try TestServer.echo()
        #expect(throws: HTTPServerError.socket(call: "bind", errno: 98)) {
            try TestServer.echo { $0.port = server.port }
        }
    }
}
