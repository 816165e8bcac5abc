// Who is sent away for whom, while nobody has yet closed a connection that was told to end.

import Glibc
import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(1))) struct DoorkeeperTests {
    /// A connection without a loop, and its client's end.
    private struct Visitor {
        let inlet: Inlet
        let client: Int32

        init() throws {
            var ends: [Int32] = [0, 0]
            try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
            let configuration = HTTPServerConfiguration()
            client = ends[1]
            inlet = Inlet(
                ends[0],
                "a",
                limits: configuration.limits,
                bodyLimit: 0,
                mostDiscarded: 0,
                patience: configuration.patience,
                now: Doorkeeper.now,
                end: { nil },
                render: { refusal, _ in refusal.plainText }
            )
        }

        /// Whether the server has ended it.
        var isEnded: Bool {
            var byte: UInt8 = 0
            return unsafe recv(client, &byte, 1, Int32(MSG_DONTWAIT)) == 0
        }

        func close(_ doorkeeper: Doorkeeper) {
            doorkeeper.closed(inlet)
            for end in [inlet.socket, client] { Glibc.close(end) }
        }
    }

    @Test func `two that come at once take the places of two, not of one twice`() throws {
        let doorkeeper = Doorkeeper(Places(most: 2, mostFromOne: 100), lookingEvery: .seconds(60))
        let visitors = [try Visitor(), try Visitor()]
        defer { for visitor in visitors { visitor.close(doorkeeper) } }
        for visitor in visitors {
            #expect(doorkeeper.letIn("a"))
            doorkeeper.opened(visitor.inlet)
        }
        for _ in 0..<2 { #expect(doorkeeper.letIn("b")) }
        #expect(visitors.map(\.isEnded) == [true, true])
        // Both leave, and nobody else can.
        #expect(!doorkeeper.letIn("b"))
    }

    @Test func `of requests that came together each has an answer's time`() throws {
        let visitor = try Visitor()
        defer { for end in [visitor.inlet.socket, visitor.client] { Glibc.close(end) } }
        let answer = HTTPServerConfiguration().patience.answer
        let get = Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        let both = get + get
        #expect(unsafe send(visitor.client, both, both.count, Int32(MSG_NOSIGNAL)) == both.count)
        var buffer = [UInt8](repeating: 0, count: 20 << 10)
        let began = Doorkeeper.now
        let received = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe bytes.baseAddress.map { unsafe visitor.inlet.receive($0, bytes.count, 0, now: began) }
        }
        #expect(received == both.count)
        visitor.inlet.end(now: began + answer - 1)
        visitor.inlet.look(now: began + 2 * answer - 2)
        #expect(!visitor.isEnded)
        visitor.inlet.look(now: began + 2 * answer - 1)
        #expect(visitor.isEnded)
    }

    @Test func `what still comes on a connection that was told to end is let go unread`() throws {
        let visitor = try Visitor()
        let doorkeeper = Doorkeeper(Places(most: 1, mostFromOne: 100), lookingEvery: .seconds(60))
        defer { visitor.close(doorkeeper) }
        #expect(doorkeeper.letIn("a"))
        doorkeeper.opened(visitor.inlet)
        let request = Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".utf8)
        #expect(unsafe send(visitor.client, request, request.count, Int32(MSG_NOSIGNAL)) == request.count)
        #expect(doorkeeper.letIn("b"))
        var buffer = [UInt8](repeating: 0, count: 32_768)
        let received = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe bytes.baseAddress.map { unsafe visitor.inlet.receive($0, bytes.count, 0, now: Doorkeeper.now) }
        }
        #expect(received == 0)
    }
}
