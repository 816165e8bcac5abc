// Nobody holds a place by being slow.

import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PatienceTests {
    @Test(arguments: [
        "GET / HTTP/1.1\r\nHos", "G", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
    ])
    func `a request that stops is answered 408, and its connection ends`(half: String) async throws {
        let server = try TestServer.start({ $0.receiveTimeout = .milliseconds(200) }) { _ in .text("whole") }
        let client = try RawClient(server.port)
        let answer = try await client.exchange(half)
        #expect(answer.status == 408)
        #expect(answer.text == "tooSlow\n")
        #expect(await client.rest().isEmpty)
    }

    @Test func `half a request gives way to a whole one where all places are taken`() async throws {
        let server = try TestServer.start({ $0.maximumConnections = 8 }) { .text($0.path) }
        var halves: [RawClient] = []
        for _ in 0..<40 {
            let client = try RawClient(server.port)
            try await client.send("GET /half HTTP/1.1\r\nHos")
            halves.append(client)
        }
        for number in 0..<20 {
            let good = try RawClient(server.port)
            #expect(try await good.exchange("GET /\(number) HTTP/1.1\r\nHost: x\r\n\r\n").text == "/\(number)")
        }
        let first = try #require(halves.first)
        let farewell = String(decoding: await first.rest(), as: UTF8.self)
        #expect(farewell.isEmpty || farewell.hasPrefix("HTTP/1.1 503"), "the longest waiting went first")
    }

    @Test func `requests in hand are not put out by newcomers`() async throws {
        let (arrivals, gate) = (Events<Void>(), Gate())
        let server = try TestServer.start({ $0.maximumConnections = 2 }) { request in
            arrivals.happened(())
            await gate.wait()
            return .text(request.path)
        }
        let inHand = try (0..<2).map { _ in try RawClient(server.port) }
        for client in inHand { try await client.send("GET /kept HTTP/1.1\r\nHost: x\r\n\r\n") }
        await arrivals.next(2)
        let late = try RawClient(server.port)
        #expect(try await late.response().status == 503)
        await gate.open()
        for client in inHand { #expect(try await client.response().text == "/kept") }
    }
}
