// Answers whose bodies come to be while they are sent.

import Logging
import ServiceLifecycle
import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(1)))
struct StreamedAnswerTests {
    private static let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    private static func stream(capacity: Int = 64 << 10, patience: Duration = .seconds(30), farewell: String = "")
        -> BodyStream
    {
        BodyStream(capacity: capacity, patience: patience, farewell: Array(farewell.utf8))
    }

    private static func answer(_ stream: BodyStream) -> HTTPResponse {
        var response = HTTPResponse(contentType: "text/plain", body: [])
        response.stream = stream
        return response
    }

    /// A server that answers with streams, which it gives out as they are asked for.
    private func server(
        _ change: (inout HTTPServerConfiguration) -> Void = { _ in },
        making make: @escaping @Sendable () -> BodyStream = { stream() }
    ) throws -> (HTTPServer, Events<BodyStream>) {
        let streams = Events<BodyStream>()
        let server = try TestServer.start(change) { request in
            guard request.path == "/" else { return .text("whole") }
            let stream = make()
            streams.happened(stream)
            return Self.answer(stream)
        }
        return (server, streams)
    }

    private func end(of stream: BodyStream) async -> BodyStream.End {
        await withCheckedContinuation { continuation in stream.whenOver { continuation.resume(returning: $0) } }
    }

    @Test func `what is written arrives before anything else is written, in chunks, and the end is one`() async throws {
        let (server, streams) = try server()
        let client = try RawClient(server.port)
        try await client.send(Self.get)
        let stream = try #require(await streams.next())
        for word in ["one", "two", "three"] {
            #expect(await stream.write(Array("\(word);".utf8)))
            #expect(try await client.bytes(upTo: "\(word);").contains(word))
        }
        stream.finish(Array("last".utf8))
        #expect(try await client.bytes(upTo: "0\r\n\r\n").contains("last"))
        #expect(await client.rest().isEmpty, "the connection ends with it")
        #expect(stream.end == .finished)
    }

    @Test func `a sign of life says whether it was given`() {
        let stream = Self.stream()
        #expect(stream.writeIfIdle([1]))
        #expect(!stream.writeIfIdle([2]), "something waits")
        stream.finish()
        #expect(!stream.writeIfIdle([3]))
        let over = Self.stream()
        over.finish()
        #expect(!over.writeIfIdle([1]))
    }

    @Test func `a client that goes away is noticed though nothing is sent to it`() async throws {
        let (server, streams) = try server()
        for leave in [{ (client: RawClient) in client.reset() }, { client in client.finishSending() }] {
            let client = try RawClient(server.port)
            try await client.send(Self.get)
            let stream = try #require(await streams.next())
            #expect(await stream.write([65]))
            _ = try await client.bytes(upTo: "A")
            leave(client)
            #expect(await end(of: stream) == .clientGone)
            #expect(await stream.write([65]) == false)
        }
    }

    @Test func `who does not read costs a bounded number of bytes, and is let go`() async throws {
        let (server, streams) = try server(making: { Self.stream(capacity: 32 << 10, patience: .milliseconds(300)) })
        let client = try RawClient(server.port)
        client.narrow()
        try await client.send(Self.get)
        let stream = try #require(await streams.next())
        var written = 0
        let piece = [UInt8](repeating: 65, count: 4096)
        while await stream.write(piece) { written += piece.count }
        #expect(stream.end == .slowReader)
        // Its queue, the kernel's two buffers, and libmicrohttpd's piece.
        #expect(written < 512 << 10, "\(written)")
        #expect(await client.rest().count < 512 << 10)
    }

    /// Behind megabytes that a client does not read the kernel takes not even the head, and nobody is asked for a piece.
    @Test(arguments: [false, true])
    func `who does not take the head of a stream, or its end, is waited for no longer than for a piece`(hasEnded: Bool)
    {
        let stream = Self.stream(patience: .seconds(1))
        stream.begin(at: 5)
        if hasEnded { stream.finish() }
        #expect(!stream.isStuck(at: 6) && stream.isStuck(at: 1_000_000_005))
    }

    @Test func `who reads slowly gets everything, and the writer waits for it`() async throws {
        let (server, streams) = try server(making: { Self.stream(capacity: 8 << 10) })
        let client = try RawClient(server.port)
        try await client.send(Self.get)
        let stream = try #require(await streams.next())
        async let text = client.bytes(upTo: "0\r\n\r\n")
        for number in 0..<2000 {
            #expect(await stream.room() != nil)
            #expect(await stream.write(Array("<\(number)>".utf8) + [UInt8](repeating: 32, count: 500)))
        }
        stream.finish()
        let numbers = try await text.split(separator: "<").dropFirst().map { $0.prefix { $0 != ">" } }
        #expect(numbers.map(String.init) == (0..<2000).map(String.init))
    }

    @Test func `a server that ends says goodbye on its streams, and waits for none`() async throws {
        let (server, streams) = try server(
            { $0.drainTimeout = .seconds(50) },
            making: { Self.stream(farewell: "goodbye") }
        )
        let group = ServiceGroup(
            services: [server],
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        async let run: Void = group.run()
        let client = try RawClient(server.port)
        try await client.send(Self.get)
        let stream = try #require(await streams.next())
        #expect(await stream.write([65]))
        _ = try await client.bytes(upTo: "A")
        let begun = ContinuousClock.now
        await group.triggerGracefulShutdown()
        #expect(try await client.bytes(upTo: "0\r\n\r\n").contains("goodbye"))
        try await run
        #expect(stream.end == .stopping)
        #expect(ContinuousClock.now - begun < .seconds(20))
    }

    @Test func `streams take no places of requests, neither of connections nor of handlers`() async throws {
        let (server, streams) = try server {
            ($0.maximumConnections, $0.maximumInFlight) = (2, 1)
        }
        var clients: [(RawClient, BodyStream)] = []
        for _ in 0..<100 {
            let client = try RawClient(server.port)
            try await client.send(Self.get)
            clients.append((client, try #require(await streams.next())))
            _ = try await client.bytes(upTo: "\r\n\r\n")
        }
        for number in 0..<3 {
            #expect(try await RawClient(server.port).exchange("GET /other HTTP/1.1\r\nHost: x\r\n\r\n").text == "whole")
            for (client, stream) in clients {
                #expect(await stream.write(Array("<\(number)>".utf8)))
                _ = try await client.bytes(upTo: "<\(number)>")
            }
        }
        for (_, stream) in clients { stream.finish() }
    }

    @Test func `HEAD has its head, and HTTP 1.0 the body without chunks`() async throws {
        let (server, streams) = try server()
        let client = try RawClient(server.port)
        let head = try await client.exchange("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", isHead: true)
        #expect(head.status == 200 && head["Content-Length"] == nil)
        #expect(await client.rest().isEmpty)
        #expect(await end(of: try #require(await streams.next())) == .finished, "there is nothing to send it to")
        let old = try RawClient(server.port)
        try await old.send("GET / HTTP/1.0\r\n\r\n")
        let stream = try #require(await streams.next())
        _ = await stream.write(Array("all".utf8))
        stream.finish()
        #expect(String(decoding: await old.rest(), as: UTF8.self).hasSuffix("\r\n\r\nall"))
    }

    @Test func `a stream whose request was answered without it is over`() async throws {
        let gate = Gate()
        let stream = Self.stream()
        let server = try TestServer.start({ $0.requestTimeout = .milliseconds(50) }) { _ in
            await gate.wait()
            return Self.answer(stream)
        }
        #expect(try await RawClient(server.port).exchange(Self.get).status == 504)
        await gate.open()
        #expect(await end(of: stream) == .clientGone)
    }
}
