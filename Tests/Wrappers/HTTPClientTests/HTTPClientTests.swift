// What leaves the client and what it makes of the answer, against a raw socket that says exactly the bytes it is told to say.

import Foundation
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct HTTPClientTests {
    let client = HTTPClient()

    @Test func `a header ends at its first colon, whatever combines with that`() {
        let collector = ResponseCollector(bodyLimit: 1)
        collector.received(line: Array("X-Name:\u{301} value \r\n".utf8))
        #expect(collector.headers.map(\.name) == ["X-Name"])
        #expect(collector.headers.map(\.value) == ["\u{301} value"])
    }

    @Test(arguments: OutboundRequest.Method.allCases)
    func `every method arrives as itself, with its body and nothing that was not asked for`(
        method: OutboundRequest.Method
    ) async throws {
        let server = try LoopbackServer.answering { $0 }
        let body = method == .head ? nil : Array("grüße".utf8)
        let headers = [("X-First", "1"), ("X-Empty", ""), ("Content-Type", "text/plain")]
        let response = try await client.send(
            OutboundRequest(method, "\(server.url)/path?q=1", headers: headers, body: body)
        )
        #expect(response.status == 200)
        guard method != .head else { return #expect(response.body == []) }
        let lines = String(decoding: response.body, as: UTF8.self).components(separatedBy: "\r\n")
        #expect(lines.first == "\(method.rawValue) /path?q=1 HTTP/1.1")
        #expect(lines.last == "grüße")
        #expect(
            Set(lines.dropFirst().dropLast(2)) == [
                "Host: 127.0.0.1:\(server.port)", "Accept: */*", "X-First: 1", "X-Empty:", "Content-Type: text/plain",
                "Content-Length: 7",
            ]
        )
    }

    @Test(arguments: [.get, .post, .put, .patch, .delete] as [OutboundRequest.Method])
    func `a request without a body says so where a body would be expected`(
        method: OutboundRequest.Method
    ) async throws {
        let server = try LoopbackServer.answering { $0 }
        let response = try await client.send(OutboundRequest(method, server.url))
        let lines = String(decoding: response.body, as: UTF8.self).components(separatedBy: "\r\n")
        #expect(lines.contains("Content-Length: 0") == [.post, .put, .patch].contains(method))
        #expect(!lines.contains { $0.hasPrefix("Content-Type") || $0.hasPrefix("Expect") })
    }

    @Test func `a large body goes and comes whole`() async throws {
        let server = try LoopbackServer.answering { String($0.components(separatedBy: "\r\n\r\n")[1]) }
        let body = (0..<3_000_000).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        let response = try await client.send(OutboundRequest(.post, server.url, body: body))
        #expect(response.body == body)
    }

    @Test func `basic authentication is sent as RFC 7617 has it`() async throws {
        let server = try LoopbackServer.answering { $0 }
        let credentials = Credentials(user: "Aladdin", password: "open sesame")
        let response = try await client.send(OutboundRequest(.get, server.url, basicAuthentication: credentials))
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(text.contains("\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"))
    }

    @Test(arguments: [204, 302, 404, 500, 503])
    func `any status is an answer, and a redirect is not followed`(status: Int) async throws {
        let server = try LoopbackServer { connection in
            while connection.readRequest() != nil {
                let location = status == 302 ? "Location: /elsewhere\r\n" : ""
                let length = status == 204 ? "" : "Content-Length: 0\r\n"
                connection.send("HTTP/1.1 \(status) Whatever\r\n\(location)\(length)\r\n")
            }
        }
        let response = try await client.send(OutboundRequest(.get, server.url))
        #expect(response.status == status)
        #expect(response.header("location") == (status == 302 ? "/elsewhere" : nil))
    }

    @Test func `chunks are put together, and an interim response leaves no trace`() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Odd:  a: b \r\n\r\n")
            for piece in ["one ", "two ", "three"] {
                connection.send("\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n")
            }
            connection.send("0\r\n\r\n")
        }
        let response = try await client.send(OutboundRequest(.get, server.url))
        #expect(String(decoding: response.body, as: UTF8.self) == "one two three")
        #expect(response.header("x-odd") == "a: b")
        #expect(response.header("Link") == nil)
    }

    @Test func `one connection serves requests that follow each other`() async throws {
        let server = try LoopbackServer.answering { _ in "ok" }
        for _ in 0..<20 { _ = try await client.send(OutboundRequest(.get, server.url)) }
        #expect(server.connections == 1)
    }

    @Test func `a request that must not be repeated has a connection of its own`() async throws {
        let server = try LoopbackServer.answering { _ in "ok" }
        _ = try await client.send(OutboundRequest(.get, server.url))
        for _ in 0..<3 {
            var request = OutboundRequest(.post, server.url)
            request.mayReuseConnection = false
            _ = try await client.send(request)
        }
        #expect(server.connections == 4)
    }

    @Test func `64 requests are under way at once, and each gets its own answer`() async throws {
        let arrivals = Arrivals(64)
        let server = try LoopbackServer { connection in
            while let request = connection.readRequest() {
                // Nobody is answered before all have asked.
                arrivals.arriveAndWait()
                connection.respond(String(request.prefix { $0 != "\r\n" }))
            }
        }
        let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let response = try await client.send(OutboundRequest(.get, "\(server.url)/\(number)"))
                    return response.body == Array("GET /\(number) HTTP/1.1".utf8)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: true, count: 64))
        #expect(client.inFlight == 0)
    }

    @Test func `a client let go ends its thread's connections`() async throws {
        let closed = Event()
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.respond("ok")
            connection.waitForClose()
            closed.happen()
        }
        _ = try await HTTPClient().send(OutboundRequest(.get, server.url))
        await closed.wait()
    }
}
