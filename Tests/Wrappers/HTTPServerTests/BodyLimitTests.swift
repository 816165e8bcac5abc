// How much of a body is taken.

import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BodyLimitTests {
    private static func server() throws -> HTTPServer {
        try TestServer.start(
            { $0.maximumBodyBytes = 10 },
            limits: { $0.method == "PUT" && $0.path == "/large%20one" ? 100_000 : nil },
            handler: { .text("\($0.body.count)") }
        )
    }

    @Test func `a body of just the limit is taken`() async throws {
        let server = try BodyLimitTests.server()
        let client = try RawClient(server.port)
        let post = "POST / HTTP/1.1\r\nHost: x\r\n"
        #expect(try await client.exchange(post + "Content-Length: 10\r\n\r\n0123456789").text == "10")
        #expect(
            try await client.exchange(post + "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n").text
                == "10"
        )
    }

    @Test(arguments: ["Content-Length: 11", "Content-Length: 18446744073709551615"])
    func `an announced body over the limit gets 413 before it is sent`(length: String) async throws {
        let server = try BodyLimitTests.server()
        let client = try RawClient(server.port)
        let response = try await client.exchange(
            "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\(length)\r\n\r\n"
        )
        #expect(response.status == 413)
        #expect(response.text == "bodyTooLarge(limit: 10)\n")
        #expect(response["Connection"]?.lowercased() == "close")
        #expect(response["Proxy-Connection"] == "close")
        #expect(await client.rest().isEmpty)
    }

    /// Closed with unread bytes, the connection would be reset under the client's hands.
    @Test func `a body over the limit that comes unasked is read to its end, and the connection goes on`() async throws
    {
        let server = try BodyLimitTests.server()
        let client = try RawClient(server.port)
        let body = String(repeating: "x", count: 2 << 20)
        let response = try await client.exchange(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(2 << 20)\r\n\r\n\(body)"
        )
        #expect(response.status == 413)
        let next = try await client.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nxx")
        #expect(next.text == "2")
    }

    @Test func `a body that is too large even to be let go is refused at once`() async throws {
        let server = try BodyLimitTests.server()
        let client = try RawClient(server.port)
        let response = try await client.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(17 << 20)\r\n\r\n")
        #expect(response.status == 413)
        #expect(response["Connection"]?.lowercased() == "close")
    }

    @Test func `a chunked body gets 413 as soon as it is over the limit, though it never ends`() async throws {
        let server = try BodyLimitTests.server()
        let client = try RawClient(server.port)
        let response = try await client.exchange(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n8\r\n01234567\r\n"
        )
        #expect(response.status == 413)
        #expect(response.text == "bodyTooLarge(limit: 10)\n")
        #expect(response["Connection"] == "close")
        #expect(response["Proxy-Connection"] == "close")
        #expect(await client.rest().isEmpty)
    }

    @Test func `a route has its own limit`() async throws {
        let server = try BodyLimitTests.server()
        let body = String(repeating: "x", count: 100_000)
        let sent = "HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
        let client = try RawClient(server.port)
        #expect(try await client.exchange("PUT /large%20one?q=1 \(sent)\(body)").text == "100000")
        #expect(try await client.exchange("POST /large%20one \(sent)\(body)").status == 413)
    }
}
