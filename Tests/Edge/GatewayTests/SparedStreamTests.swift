// Streams with little to say: who is spared everything is told that it is there, and where; and who asks for the head alone has time for it.

import Bus
import RecordedLogs
import Synchronization
import Testing
import Topology

@testable import Gateway
@testable import HTTPServer

@Suite(.timeLimit(.minutes(1))) struct SparedStreamTests {
    private static let topic = Fake.opened.name

    /// A stream of what nobody wants, out of a log that has nine events, or never ends; `looks` are those at its end.
    private func spared(_ edge: TestEdge, isEndless: Bool, _ body: BodyStream, looks: Looks) throws -> EventStream {
        let query = [(name: "topic", value: Self.topic), (name: "key", value: "wanted")]
        return EventStream(
            1,
            try EventsRequest(HTTPRequest(method: "GET", path: "/events", query: query)),
            of: TopicFeed(
                Self.topic,
                of: "service_a",
                version: 0,
                node: edge.node,
                memory: 1 << 20,
                logger: edge.log.logger
            ),
            into: body,
            EventStream.Settings(keepAlive: .milliseconds(1), retry: .seconds(1), recheck: .seconds(20)),
            log: { from, _ in
                await Task.yield()
                let head = TopicHead(topic: Self.topic, epoch: 7, head: isEndless ? 1000 : 9, tail: 1)
                if from.offset > 9 { looks.count.withLock { $0 += 1 } }
                guard from.offset <= 9 || isEndless else { return ReplayPage(head: head, events: []) }
                let first = min(from.offset, 7)
                return ReplayPage(head: head, events: (first...first + 2).map(Self.unwanted))
            },
            // It ends even where its client hears of nothing.
            leave: { Refused(Failure(.forbidden, "That was long enough.")) }
        )
    }

    private final class Looks: Sendable {
        let count = Mutex(0)
    }

    private static func unwanted(_ offset: UInt64) -> Event {
        Event(
            topic: topic,
            epoch: 7,
            offset: offset,
            key: "other",
            committedAt: .after(.zero),
            trace: nil,
            payload: Array("{}".utf8)
        )
    }

    /// While it catches up, and also where it was at the end before its client had read what came first.
    @Test(arguments: [true, false])
    func `who is spared everything is told its position all the same`(isEndless: Bool) async throws {
        try await TestEdge.run { edge async throws in
            let body = BodyStream(capacity: 1 << 16, patience: .seconds(20))
            let looks = Looks()
            let stream = try spared(edge, isEndless: isEndless, body, looks: looks)
            let server = try HTTPServer(
                configuration: HTTPServerConfiguration(),
                logger: edge.log.logger,
                handler: { _ in
                    var response = HTTPResponse(contentType: "text/event-stream", body: [])
                    response.stream = body
                    return response
                }
            )
            let start = StreamCursor(next: LogPosition(epoch: 7, offset: 1))
            async let reason = stream.run(from: (cursor: start, reset: nil))
            while looks.count.withLock({ $0 }) < 5 {
                try Task.checkCancellation()
                await Task.yield()
            }
            let client = try await EventClient("/", port: Int(server.port))
            try await client.until(lastID: "7:9")
            #expect(client.lastID == "7:9")
            body.finish()
            #expect(await reason == .clientGone)
        }
    }

    @Test func `a client may take its time for the head of a stream that it does not follow`() async throws {
        try await TestEdge.run { edge async throws in
            let settings = Topology.Gateway.EventStreams()
            let body = EventHub(settings, most: 1, node: edge.node, logger: edge.log.logger).headBody()
            body.begin(at: 0)
            #expect(!body.isStuck(at: 1_000_000))
            #expect(body.isStuck(at: settings.sendTimeout.nanoseconds))
        }
    }
}
