// Servers for tests: on the loopback, at a port the kernel chose, stopped when the last reference goes.

import HTTPServer
import Logging

enum TestServer {
    /// The server with `change` applied to its configuration.
    static func start(
        _ change: (inout HTTPServerConfiguration) -> Void = { _ in },
        limits: @escaping @Sendable (HTTPRequest) -> Int? = { _ in nil },
        refusal: @escaping @Sendable (Refusal, HTTPRequest) -> HTTPResponse = { refusal, _ in refusal.plainText },
        handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
    ) throws -> HTTPServer {
        var configuration = HTTPServerConfiguration()
        change(&configuration)
        return try HTTPServer(
            configuration: configuration,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            limits: limits,
            refusal: refusal,
            handler: handler
        )
    }

    /// A server that answers with what it was asked: `METHOD path?name=value,… length-of-body body`.
    static func echo(_ change: (inout HTTPServerConfiguration) -> Void = { _ in }) throws -> HTTPServer {
        try start(change, handler: echo)
    }

    static let echo: @Sendable (HTTPRequest) async -> HTTPResponse = { request in
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
        let body = String(decoding: request.body, as: UTF8.self)
        return .text("\(request.method) \(request.path)?\(query) \(request.body.count) \(body)")
    }
}
