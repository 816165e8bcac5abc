// Peers that are not there, say nothing, stop or say too much, and requests that must not go out: each ends with an error that tells which.

import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1))) struct HTTPClientFailureTests {
    let client = HTTPClient()

    @Test func `nobody listening is told as such, and the request may be repeated`() async throws {
        let port = try LoopbackServer.deadPort()
        let error = await #expect(throws: HTTPClientError.self) {
            try await client.send(OutboundRequest(.get, "http://127.0.0.1:\(port)"))
        }
        #expect(error == .cannotConnect)
        #expect(error?.wasNeverSent == true)
    }

    @Test func `a name without an address is told apart`() async {
        await #expect(throws: HTTPClientError.cannotResolve) {
            try await client.send(OutboundRequest(.get, "http://no-such-host.invalid/"))
        }
    }

    @Test func `a server that never answers times out and loses its connection`() async throws {
        let closed = Event()
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.waitForClose()
            closed.happen()
        }
        await #expect(throws: HTTPClientError.timedOut) {
            try await client.send(OutboundRequest(.get, server.url, timeout: .seconds(2)))
        }
        await closed.wait()
    }

    @Test func `a server that stops in the middle of a body times out`() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            connection.waitForClose()
        }
        await #expect(throws: HTTPClientError.timedOut) {
            try await client.send(OutboundRequest(.get, server.url, timeout: .milliseconds(50)))
        }
    }

    /// One that takes the request and says nothing, and one that stops in the middle: both hold the connection.
    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"])
    func `a server that stands still is given up long before the request's own time`(said: String) async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.send(said)
            connection.waitForClose()
        }
        var configuration = HTTPClient.Configuration()
        configuration.stallTimeout = .seconds(1)
        let client = HTTPClient(configuration)
        let request = OutboundRequest(.post, server.url, body: Array("{}".utf8), timeout: .seconds(600))
        let began = ContinuousClock.now
        await #expect(throws: HTTPClientError.timedOut) { try await client.send(request) }
        #expect(began.duration(to: .now) < .seconds(20))
    }

    @Test func `cancelling the task aborts the transfer`() async throws {
        let asked = Event()
        let closed = Event()
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            asked.happen()
            connection.waitForClose()
            closed.happen()
        }
        let task = Task { try await client.send(OutboundRequest(.get, server.url)) }
        await asked.wait()
        task.cancel()
        await #expect(throws: HTTPClientError.cancelled) { try await task.value }
        await closed.wait()
        #expect(client.inFlight == 0)
    }

    @Test func `a task cancelled beforehand gets no answer`() async throws {
        let server = try LoopbackServer { $0.waitForClose() }
        let started = Event()
        let task = Task {
            await started.wait()
            return try await client.send(OutboundRequest(.get, server.url))
        }
        task.cancel()
        started.happen()
        await #expect(throws: HTTPClientError.cancelled) { try await task.value }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"])
    func `a server that goes away in the middle is a lost connection`(said: String) async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.send(said)
        }
        let error = await #expect(throws: HTTPClientError.self) {
            try await client.send(OutboundRequest(.get, server.url))
        }
        #expect(error == .connectionLost)
        #expect(error?.wasNeverSent == false)
    }

    @Test(arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 OK\r\n\r\n", "220 mail ready\r\n"])
    func `what is not HTTP is a malformed response`(said: String) async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.send(said)
        }
        await #expect(throws: HTTPClientError.malformedResponse) {
            try await client.send(OutboundRequest(.get, server.url))
        }
    }

    @Test(arguments: [true, false])
    func `a body above the limit ends the transfer`(announced: Bool) async throws {
        var configuration = HTTPClient.Configuration()
        configuration.maximumBody = 1000
        let client = HTTPClient(configuration)
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            let framing = announced ? "Content-Length: 100000000" : "Transfer-Encoding: chunked"
            connection.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
            // Says more until the client hangs up: the test ends only because it does.
            while connection.send("64\r\n\(String(repeating: "x", count: 100))\r\n") {}
        }
        await #expect(throws: HTTPClientError.tooLarge(limit: 1000)) {
            try await client.send(OutboundRequest(.get, server.url))
        }
    }

    @Test func `a body of exactly the limit is fine`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.maximumBody = 1000
        let server = try LoopbackServer.answering { _ in String(repeating: "x", count: 1000) }
        let response = try await HTTPClient(configuration).send(OutboundRequest(.get, server.url))
        #expect(response.body.count == 1000)
    }

    @Test func `headers above 64 KiB end the transfer`() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.send("HTTP/1.1 200 OK\r\n")
            for _ in 0..<70 { connection.send("X: \(String(repeating: "x", count: 1000))\r\n") }
            connection.send("Content-Length: 2\r\n\r\nok")
        }
        await #expect(throws: HTTPClientError.tooLarge(limit: 65_536)) {
            try await client.send(OutboundRequest(.get, server.url))
        }
    }

    @Test func `more requests at once than set are refused unsent`() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.maximumInFlight = 1
        let client = HTTPClient(configuration)
        let asked = Event()
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            asked.happen()
            connection.waitForClose()
        }
        let first = Task { try await client.send(OutboundRequest(.get, server.url)) }
        await asked.wait()
        await #expect(throws: HTTPClientError.overloaded) { try await client.send(OutboundRequest(.get, server.url)) }
        #expect(server.connections == 1)
        first.cancel()
        _ = await first.result
    }

    @Test(
        arguments: [
            "", "127.0.0.1", "/path", "file:///etc/passwd", "ftp://127.0.0.1/", "smtp://127.0.0.1", "http://",
            "http://user@127.0.0.1/", "http://user:secret@127.0.0.1/", "http://127.0.0.1/a b",
            "http://127.0.0.1/\r\nX: y",
            "http://127.0.0.1/\0", "http://127.0.0.1:99999/", "http://bücher.test/", "dict://127.0.0.1/", "gopher://x/",
        ]
    )
    func `a URL that is not plain http or https is refused`(url: String) async {
        await #expect(throws: HTTPClientError.malformedURL) { try await client.send(OutboundRequest(.get, url)) }
    }

    @Test(
        arguments: [
            ("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "a\0"), ("X: y\r\nZ", "a"), ("", "a"), ("X Y", "a"), ("Xé", "a"),
            ("X", "a\u{7F}"),
        ]
    )
    func `a header that would break the request is refused`(name: String, value: String) async {
        await #expect(throws: HTTPClientError.malformedHeader(name: name)) {
            try await client.send(OutboundRequest(.get, "http://127.0.0.1:9/", headers: [(name, value)]))
        }
    }

    @Test(arguments: [("a:b", "c"), ("a", "b\0"), ("a\0", "b")])
    func `credentials that would be misread are refused`(user: String, password: String) async {
        let credentials = Credentials(user: user, password: password)
        await #expect(throws: HTTPClientError.malformedCredentials) {
            try await client.send(OutboundRequest(.get, "http://127.0.0.1:9/", basicAuthentication: credentials))
        }
    }

    @Test func `neither an error nor printed credentials show a secret`() async throws {
        let port = try LoopbackServer.deadPort()
        let credentials = Credentials(user: "me", password: "hunter2")
        let url = "http://127.0.0.1:\(port)/?key=hunter2"
        let failures: [(url: String, key: String, error: HTTPClientError)] = [
            (url, "hunter2", .cannotConnect), (url, "hunter2\u{7F}", .malformedHeader(name: "X-Key")),
            ("http://me:hunter2@127.0.0.1:\(port)/", "hunter2", .malformedURL),
        ]
        for (url, key, expected) in failures {
            let request = OutboundRequest(.get, url, headers: [("X-Key", key)], basicAuthentication: credentials)
            let error = await #expect(throws: HTTPClientError.self) { try await client.send(request) }
            #expect(error == expected)
            #expect(!String(reflecting: error).contains("hunter2"))
        }
        #expect(!"\(credentials) \(String(reflecting: credentials))".contains("hunter2"))
    }
}
