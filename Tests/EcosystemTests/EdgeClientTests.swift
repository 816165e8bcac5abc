// The client that other packages make for themselves: what it sends, as a server here sees it.

import Bus
import HTTPServer
import Logging
import Testing

@testable import Ecosystem

@Suite(.timeLimit(.minutes(1))) struct EdgeClientTests {
    /// A server that answers what it was asked, and a client of it, made as a stranger makes one.
    private func echoing(_ body: (EdgeClient) async throws -> Void) async throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = try HTTPServer(configuration: HTTPServerConfiguration(), logger: logger) { request in
            let type = request.headers.all("Content-Type").first ?? "-"
            let words = "\(request.method) \(request.path) \(type) \(String(decoding: request.body, as: UTF8.self))"
            let token = request.headers.all("Authorization").first ?? "-"
            return HTTPResponse(contentType: "text/plain", body: Array(words.utf8), headers: [("X-Token", token)])
        }
        try await body(EdgeClient(origin: "http://127.0.0.1:\(server.port)", token: "abc"))
        withExtendedLifetime(server) {}
    }

    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE"])
    func `every method is sent as it is named, with its body and the client's token`(method: String) async throws {
        try await echoing { edge in
            let answer = try await edge.send(method, "/a", Array("{}".utf8))
            #expect(answer.text == "\(method) /a application/json {}")
            #expect(answer.header("x-token") == "Bearer abc")
            let other = try await edge.send(method, "/b", [0x61], headers: [("Content-Type", "text/plain")])
            #expect(other.text == "\(method) /b text/plain a")
        }
    }

    @Test func `a HEAD has an answer without a body`() async throws {
        try await echoing { edge in
            let answer = try await edge.send("HEAD", "/a")
            #expect(answer.status == 200 && answer.body.isEmpty)
        }
    }

    @Test(arguments: ["get", "TRACE", ""]) func `another method is refused, with those that there are`(method: String)
        async throws
    {
        let edge = EdgeClient(origin: "http://127.0.0.1:1")
        let failure = await #expect(throws: Failure.self) { try await edge.send(method, "/") }
        #expect(failure?.code == .invalidRequest)
        #expect(failure?.detail.hasSuffix("these are: GET, HEAD, POST, PUT, PATCH, DELETE.") == true)
    }
}
