// How the server ends.

import HTTPServer
import Logging
import ServiceLifecycle
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DrainTests {
    /// Runs `server` in a service group while `body` does, which gets the group to shut it down; returns when both end.
    private func running(_ server: HTTPServer, _ body: (ServiceGroup) async throws -> Void) async throws {
        let group = ServiceGroup(
            services: [server],
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        async let run: Void = group.run()
        try await body(group)
        try await run
    }

    private func isRefused(_ port: UInt16) -> Bool {
        do {
            _ = try RawClient(port)
            return false
        } catch {
            return true
        }
    }

    @Test func `a request in hand is answered while new connections are refused`() async throws {
        let arrivals = Events<Void>()
        let gate = Gate()
        // One loop, which has read the beginning before it answers the next one.
        let server = try TestServer.start({ ($0.threads, $0.unfinishedTimeout) = (1, .seconds(20)) }) { request in
            if request.path == "/met" { return .text("met") }
            arrivals.happened(())
            await gate.wait()
            return .text("in time")
        }
        let (inHand, idle) = (try RawClient(server.port), try RawClient(server.port))
        try await running(server) { group in
            try await idle.send("GET /late HTTP/1.1\r\nHost: x\r\n")  // begun, its head not complete
            #expect(try await inHand.exchange("GET /met HTTP/1.1\r\nHost: x\r\n\r\n").status == 200)
            try await inHand.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await arrivals.next(1)
            await group.triggerGracefulShutdown()
            while !isRefused(server.port) {
                try Task.checkCancellation()
                await Task.yield()
            }
            await gate.open()
            let response = try await inHand.response()
            #expect(response.text == "in time")
            #expect(response["Connection"]?.lowercased() == "close")
            try await idle.send("\r\n")
            #expect(try await idle.response().text == "in time", "it had begun before the shutdown")
        }
        #expect(await inHand.rest().isEmpty)
    }

    @Test(arguments: ["POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf", "GET / HTTP/1.1\r\nHo", "G"])
    func `half a request does not hold up the end`(half: String) async throws {
        let server = try TestServer.start({
            // One loop, which has read the half before it answers the whole.
            $0.threads = 1
            $0.drainTimeout = .seconds(40)
            $0.headTimeout = .seconds(50)
            $0.receiveTimeout = .seconds(50)
            $0.idleTimeout = .seconds(50)
        }) { _ in .text("whole") }
        let (client, whole) = (try RawClient(server.port), try RawClient(server.port))
        try await client.send(half)
        #expect(try await whole.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status == 200)
        let begun = ContinuousClock.now
        try await running(server) { group async throws in
            await group.triggerGracefulShutdown()
            // Of less than a line nobody knows that it is a request: that connection is closed.
            if half.utf8.count > 1 { #expect(try await client.response().status == 503) }
        }
        // The client never closed. Much more than it takes, and much less than the drain.
        #expect(ContinuousClock.now - begun < .seconds(20))
    }

    @Test func `a request that outlasts the drain gets 504 and its handler is cancelled`() async throws {
        let arrivals = Events<Void>()
        let cancelled = Events<Void>()
        let gate = Gate()
        let server = try TestServer.start({ $0.drainTimeout = .milliseconds(50) }) { _ in
            await withTaskCancellationHandler {
                arrivals.happened(())
                await gate.wait()
            } onCancel: {
                cancelled.happened(())
            }
            return .text("too late")
        }
        let client = try RawClient(server.port)
        try await running(server) { group in
            try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await arrivals.next(1)
            await group.triggerGracefulShutdown()
            let response = try await client.response()
            #expect(response.status == 504)
            #expect(response.text == "interrupted\n")
            await cancelled.next(1)
        }
        await gate.open()
    }

    @Test func `a request begun during the drain gets 503`() async throws {
        let arrivals = Events<Void>()
        let gate = Gate()
        let server = try TestServer.start { request in
            if request.path == "/met" { return .text("met") }
            arrivals.happened(())
            await gate.wait()
            return .text("done")
        }
        let inHand = try RawClient(server.port)
        let keptAlive = try RawClient(server.port)
        // Connected is not yet accepted: what nobody has accepted goes with the listener.
        #expect(try await keptAlive.exchange("GET /met HTTP/1.1\r\nHost: x\r\n\r\n").text == "met")
        try await running(server) { group in
            try await inHand.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await arrivals.next(1)
            await group.triggerGracefulShutdown()
            while !isRefused(server.port) {
                try Task.checkCancellation()
                await Task.yield()
            }
            let response = try await keptAlive.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(response.status == 503)
            await gate.open()
            #expect(try await inHand.response().text == "done")
        }
    }

    @Test func `cancelling the service ends it without patience`() async throws {
        let arrivals = Events<Void>()
        let gate = Gate()
        let server = try TestServer.start { _ in
            arrivals.happened(())
            await gate.wait()
            return .text("too late")
        }
        let run = Task { try await server.run() }
        let client = try RawClient(server.port)
        try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await arrivals.next(1)
        run.cancel()
        #expect(try await client.response().status == 504)
        try await run.value
        #expect(isRefused(server.port))
        await gate.open()
    }

    @Test(arguments: 0..<20)
    func `a shutdown under load answers every request it took`(turn: Int) async throws {
        let server = try TestServer.echo()
        let port = server.port
        let busy = Events<Void>()
        try await running(server) { group in
            await withTaskGroup(of: Void.self) { clients in
                for _ in 0..<8 {
                    clients.addTask {
                        guard let client = try? RawClient(port) else { return }
                        // Ends when the server has closed; until then each answer is a whole one.
                        while let response = try? await client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n") {
                            #expect([200, 503].contains(response.status))
                            busy.happened(())
                        }
                    }
                }
                await busy.next(50)
                await group.triggerGracefulShutdown()
            }
        }
    }

    /// Epoll hangs up on a listening socket that is shut down. A Dispatch source that is cancelled at that moment reads freed memory
    /// (swift-corelibs-libdispatch#949).
    @Test(arguments: 0..<8)
    func `servers come and go by the hundred`(series: Int) async throws {
        for _ in 0..<50 {
            let server = try TestServer.start({ $0.threads = 1 }) { _ in .text("here") }
            let client = try RawClient(server.port)
            #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").text == "here")
            let run = Task { try await server.run() }
            run.cancel()
            try await run.value
        }
    }
}
