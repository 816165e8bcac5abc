// A request begins, waits and ends on one loop; connections are dealt evenly; nothing is lost between the two that take turns there.

import Glibc
import HTTPServer
import Logging
import Synchronization
import Testing

/// Which thread this is, and so which loop.
private func thread() -> String { "\(pthread_self())" }

@Suite(.timeLimit(.minutes(1))) struct LoopTests {
    private static func get(_ path: String = "/") -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

    /// Longer than the servers here let a request wait.
    private static func pass() async throws {
        let end = ContinuousClock.now + .milliseconds(2500)
        while ContinuousClock.now < end {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test(arguments: [1, 2, 3]) func `connections are dealt evenly to the loops`(threads: Int) async throws {
        let server = try TestServer.start({ $0.threads = threads }) { _ in .text(thread()) }
        var clients: [RawClient] = []
        var seen: [String: Int] = [:]
        for _ in 0..<(threads * 4) {
            let client = try RawClient(server.port)
            seen[try await client.exchange(Self.get()).text, default: 0] += 1
            clients.append(client)
        }
        #expect(seen.count == threads && seen.values.allSatisfy { $0 == 4 }, "\(seen)")
    }

    @Test func `a request that waits for somebody else ends on the loop where it began`() async throws {
        let server = try TestServer.start({ $0.threads = 3 }) { _ in
            let before = thread()
            await Task.detached {}.value
            return .text("\(before) \(thread())")
        }
        for _ in 0..<30 {
            let client = try RawClient(server.port)
            let names = try await client.exchange(Self.get()).text.split(separator: " ")
            #expect(names.count == 2 && names[0] == names[1])
        }
    }

    @Test(arguments: [false, true])
    func `requests in one packet are answered in order, at once or later`(waits: Bool) async throws {
        let server = try TestServer.start({ $0.threads = 1 }) { request in
            if waits { await Task.detached {}.value }
            return .text(request.path)
        }
        let client = try RawClient(server.port)
        try await client.send((0..<200).map { Self.get("/\($0)") }.joined())
        for number in 0..<200 { #expect(try await client.response().text == "/\(number)") }
    }

    @Test func `a request that a busy loop comes to too late is not begun`() async throws {
        let (arrivals, arrival) = AsyncStream<Void>.makeStream()
        let isOver = Atomic(false)
        defer { isOver.store(true, ordering: .relaxed) }
        let server = try TestServer.start({ ($0.threads, $0.queueTimeout) = (1, .seconds(2)) }) { request in
            if request.path == "/long" {
                arrival.yield()
                while !isOver.load(ordering: .relaxed) { _ = poll(nil, 0, 5) }
            }
            return .text("done")
        }
        let (first, second) = (try RawClient(server.port), try RawClient(server.port))
        #expect(try await second.exchange(Self.get()).text == "done")
        try await first.send(Self.get("/long"))
        for await _ in arrivals { break }
        try await second.send(Self.get())
        try await Self.pass()
        isOver.store(true, ordering: .relaxed)
        let late = try await second.response()
        #expect(late.status == 503 && late.text == "queuedTooLong\n")
        #expect(try await first.response().text == "done")
    }

    @Test func `a request that waited behind another on its connection is not late`() async throws {
        let gate = Gate()
        let (arrivals, arrival) = AsyncStream<Void>.makeStream()
        let server = try TestServer.start({ ($0.threads, $0.queueTimeout) = (1, .seconds(2)) }) { request in
            if request.path == "/long" {
                arrival.yield()
                await gate.wait()
            }
            return .text("done")
        }
        let client = try RawClient(server.port)
        try await client.send(Self.get("/long") + Self.get())
        for await _ in arrivals { break }
        try await Self.pass()
        await gate.open()
        for _ in 0..<2 { #expect(try await client.response().text == "done") }
    }

    @Test func `an answer from elsewhere wakes a loop that sleeps`() async throws {
        let gate = Gate()
        let (arrivals, arrival) = AsyncStream<Void>.makeStream()
        let server = try TestServer.start({ $0.threads = 1 }) { _ in
            arrival.yield()
            await gate.wait()
            return .text("done")
        }
        let client = try RawClient(server.port)
        try await client.send(Self.get())
        for await _ in arrivals { break }
        await gate.open()
        #expect(try await client.response().status == 200)
    }

    @Test func `a server that ends while its requests wait says so to all, on every loop`() async throws {
        let gate = Gate()
        let (arrivals, arrival) = AsyncStream<Void>.makeStream()
        var server: HTTPServer? = try TestServer.start({ $0.threads = 2 }) { _ in
            arrival.yield()
            await gate.wait()
            return .text("late")
        }
        let clients = try (0..<8).map { _ in try RawClient(try #require(server).port) }
        for client in clients { try await client.send(Self.get()) }
        var count = 0
        for await _ in arrivals {
            count += 1
            if count == clients.count { break }
        }
        // Stops the daemons while connections are suspended: libmicrohttpd would end the process for that.
        server = nil
        for client in clients { _ = try? await client.response() }
        await gate.open()
    }
}
