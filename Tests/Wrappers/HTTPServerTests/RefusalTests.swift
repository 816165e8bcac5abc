// What the server does not let through to the handler.

import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let head: String
        let fault: FramingFault

        init(_ fault: FramingFault, _ head: String) {
            self.head = head
            self.fault = fault
        }

        var testDescription: String { "\(fault): \(head.debugDescription)" }
    }

    private static let post = "POST / HTTP/1.1\r\nHost: x\r\n"

    static let framing = [
        Case(.repeatedContentLength, post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
        Case(.repeatedContentLength, post + "Content-Length: 1\r\ncontent-length: 2\r\n\r\na"),
        Case(
            .contentLengthWithTransferEncoding,
            post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        Case(
            .contentLengthWithTransferEncoding,
            post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
        ),
        Case(.unsupportedTransferEncoding, post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        Case(.unsupportedTransferEncoding, post + "Transfer-Encoding: identity\r\n\r\n"),
        Case(.unsupportedTransferEncoding, post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        Case(
            .unsupportedTransferEncoding,
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n"
        ),
        Case(.unsupportedTransferEncoding, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Case(.missingHost, "GET / HTTP/1.1\r\n\r\n"),
        Case(.repeatedHost, "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"),
        Case(.repeatedHost, "GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n"),
        Case(.invalidMethod, "G@T / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case(.invalidFieldName, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\n"),
        Case(.malformedHead, "GET / HTTP/1.1\r\nHost: x\r\n: nameless\r\n\r\n"),
        Case(.malformedHead, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n: nameless\r\n\r\n"),
        Case(.malformedHead, "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n"),
        Case(.malformedHead, "GET / HTTP/1.1\r\r\nHost: x\r\n\r\n"),
        Case(.invalidFieldValue, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\r\n\r\n"),
        Case(.invalidFieldName, "GET / HTTP/1.1\r\nHost: x\r\nX\u{7}Y: 1\r\n\r\n"),
        Case(.invalidFieldValue, "GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n"),
        Case(.invalidFieldValue, "GET / HTTP/1.1\r\nHost: x\r\nX: a\u{1}b\r\n\r\n"),
        Case(.malformedHead, "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"),
        Case(.malformedHead, "GET / HTTP/1.1\r\nHost: x\r\nX: last\0\r\n\r\n"),
        Case(.malformedHead, "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case(.malformedHead, "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n folded\r\n\r\n"),
        Case(.malformedHead, "GET / HTTP/1.1\r\nHost: x\nX: bare\r\n\r\n"),
        Case(.malformedHead, "GET / HTTP/1.1\r\nHost: x\r\n\n"),
        Case(.malformedHead, "GET / HTTP/1.1\nHost: x\r\n\r\n"),
        Case(.malformedHead, "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case(.malformedHead, "GET  HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case(.malformedHead, "OPTIONS   HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case(.malformedHead, "GET     HTTP/1.1\r\nHost: x\r\n\r\n"),
    ]

    @Test(arguments: framing, [false, true])
    func `ambiguous framing gets 400 in our words and the connection is closed, also byte by byte`(
        refused: Case,
        isCut: Bool
    ) async throws {
        let server = try TestServer.start(
            refusal: { refusal, _ in HTTPResponse(status: refusal.status, body: Array("\(refusal)".utf8)) },
            handler: { _ in .text("smuggled") }
        )
        let client = try RawClient(server.port)
        if isCut { try await client.sendByteByByte(refused.head) }
        let rest = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        // What was cut may be refused, and the connection closed, before the rest is sent.
        if isCut { try? await client.send(rest) } else { try await client.send(refused.head + rest) }
        let response = try await client.response()
        #expect(response.status == 400)
        #expect(response.text == "\(Refusal.badFraming(refused.fault))")
        #expect(response["Connection"]?.lowercased() == "close")
        #expect(await client.rest().isEmpty, "nothing after the refused request may be answered")
    }

    /// libmicrohttpd would refuse these in words of its own, the head of its answer twice.
    @Test(arguments: [
        "Content-Length: x", "Content-Length: -1", "Content-Length: +1", "Content-Length: 1,1", "Content-Length: 0x1",
        "Content-Length: 99999999999999999999", "no colon here",
    ])
    func `a length that is no number is refused and the connection is closed`(field: String) async throws {
        let server = try TestServer.start { _ in .text("smuggled") }
        let client = try RawClient(server.port)
        try await client.send("POST / HTTP/1.1\r\nHost: x\r\n\(field)\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
        let answer = try await client.response()
        #expect([400, 413].contains(answer.status))
        #expect(answer["Connection"]?.lowercased() == "close")
        #expect(answer["Content-Type"] == "text/plain; charset=utf-8")
        #expect(await client.rest().isEmpty)
    }

    @Test(arguments: [
        "relative", "ftp://x/absolute", "x:80", "*", "/a b", "/%", "/%4", "/%zz", "/{a}", "/a%2Fb|c", "/a^b", "/a#b",
        "/ü", "/?a=%ff", "/?%C3=1",
    ])
    func `a target that is no sound path gets 400`(target: String) async throws {
        let server = try TestServer.start(
            refusal: { refusal, request in
                HTTPResponse(status: refusal.status, body: Array("\(refusal) \(request.path)".utf8))
            },
            handler: { _ in .text("reached") }
        )
        let response = try await RawClient(server.port).exchange("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(response.status == 400)
        #expect(response.text == "badRequestTarget \(target)")
    }

    @Test func `a head over the limit gets 431 in our words`() async throws {
        let server = try TestServer.echo { $0.limits.head = 2048 }
        func head(_ padding: Int) -> String {
            "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "x", count: padding))\r\n\r\n"
        }
        let overhead = head(0).utf8.count
        #expect(try await RawClient(server.port).exchange(head(2048 - overhead)).status == 200)
        let refused = try await RawClient(server.port).exchange(head(2049 - overhead))
        #expect(refused.status == 431)
        #expect(refused.text == "headersTooLarge(limit: 2048)\n")
    }

    /// libmicrohttpd falls silent where its pool is full: as much of everything as the limits let through must find room, three times on a connection.
    @Test(arguments: [12, 16, 24, 64, 512])
    func `the most of everything that the limits let through is read and answered whole`(kibibytes: Int) async throws {
        var limits = RequestLimits()
        limits.head = kibibytes << 10
        let long = (0..<10).map { ("X-Answer-\($0)", String(repeating: "a", count: 620)) }
        let server = try TestServer.start {
            $0.limits = limits
        } handler: { request in
            HTTPResponse(
                status: 200,
                headers: long,
                body: Array("\(request.headers.entries.count) \(request.body)".utf8)
            )
        }
        let client = try RawClient(server.port)
        let trailer = (0..<RequestLimits.trailer.fields).map { "T\($0): \(String(repeating: "t", count: 110))\r\n" }
            .joined()
        for _ in 0..<3 {
            let answer = try await client.exchange(Self.fullest(limits) + "1\r\nx\r\n0\r\n\(trailer)\r\n")
            #expect(answer.text == "\(limits.fields) [120]")
            #expect(answer["X-Answer-9"]?.count == 620)
        }
    }

    /// A head of as many bytes, parameters, fields and cookies as there may be; most of its bytes are cookies.
    private static func fullest(_ limits: RequestLimits) -> String {
        let query = (1...limits.parameters).map { "p\($0)" }.joined(separator: "&")
        let fields = (1...(limits.fields - 3)).map { "X\($0):\r\n" }.joined()
        let start = "POST /?\(query) HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\(fields)Cookie: "
        let pairs = (1..<limits.cookies).map { "c\($0)=x; " }.joined() + "last="
        let padding = limits.head - start.utf8.count - pairs.utf8.count - 4
        return start + pairs + String(repeating: "x", count: padding) + "\r\n\r\n"
    }

    @Test(arguments: [
        [("X-Split", "a\r\nSet-Cookie: b")], [("X-Feed", "a\nb")], [("X-Return", "a\rb")], [("X-Nul", "a\0b")],
        [("X\r\nY", "a")], [("X Y", "a")], [("", "a")],
    ])
    func `a header that would split the answer becomes 500`(headers: [(String, String)]) async throws {
        let server = try TestServer.start { _ in HTTPResponse(status: 200, headers: headers, body: [1]) }
        let response = try await RawClient(server.port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(response.status == 500)
        #expect(response.text == "invalidResponse\n")
        #expect(response["Set-Cookie"] == nil)
    }

    @Test(arguments: [0, 100, 199, 600, -1])
    func `a status that is not final becomes 500`(status: Int) async throws {
        let server = try TestServer.start { _ in HTTPResponse(status: status) }
        #expect(try await RawClient(server.port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status == 500)
    }

    @Test func `framing in the handler's answer is the server's own`() async throws {
        let server = try TestServer.start { _ in
            HTTPResponse(
                status: 200,
                headers: [
                    ("content-length", "99"), ("Transfer-Encoding", "chunked"), ("Connection", "close"), ("X", ""),
                ],
                body: Array("four".utf8)
            )
        }
        let client = try RawClient(server.port)
        for _ in 0..<2 {
            let response = try await client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(response.text == "four")
            #expect(response["Transfer-Encoding"] == nil)
        }
    }

    @Test func `a refusal that cannot be sent falls back to plain text`() async throws {
        let server = try TestServer.start(
            refusal: { _, _ in HTTPResponse(status: 400, headers: [("X", "\r\n")]) },
            handler: { _ in .noContent }
        )
        let response = try await RawClient(server.port).exchange("GET / HTTP/1.1\r\n\r\n")
        #expect(response.text == "badFraming(HTTPServer.FramingFault.missingHost)\n")
    }
}
