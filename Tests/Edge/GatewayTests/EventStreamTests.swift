// Following a topic at the edge, over real sockets on both sides.

import Bus
import Foundation
import RecordedLogs
import ServiceLifecycle
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct EventStreamTests {
    private static let topic = Fake.opened.name
    private static let path = "/events?topic=things.opened"

    private static func log(epoch: UInt64 = 7) -> MemoryEventLog {
        MemoryEventLog(topics: Fake.topics.map(\.name), epoch: epoch)
    }

    /// A gateway and a service that publishes.
    private func run(
        gateway more: String = "",
        liveness: Duration = .seconds(20),
        _ body: (TestEdge, MemoryEventLog, Node) async throws -> Void
    ) async throws {
        try await TestEdge.run(gateway: more, liveness: liveness, serving: false) { edge async throws in
            let log = Self.log()
            let service = try await serve(log, at: edge)
            try await edge.serve("kms", edge.authority.keyHandlers())
            try await edge.serve("2fa", edge.authority.factorHandlers())
            await edge.gateway.waitUntilReady()
            try await body(edge, log, service)
        }
    }

    @discardableResult  // most tests let it live until the end
    private func serve(_ log: MemoryEventLog, at edge: TestEdge) async throws -> Node {
        try await edge.serve("service_a", Fake.handlers(), topics: Fake.topics.map(\.description), log: log)
    }

    private func follow(_ edge: TestEdge, _ more: String = "", _ headers: [(String, String)] = [], narrow: Bool = false)
        async throws -> EventClient
    {
        let client = try await EventClient(Self.path + more, port: try edge.port(), headers: headers, narrow: narrow)
        #expect(client.status == 200, "\(client.head)")
        return client
    }

    /// Follows what comes from now on: returns when the gateway has said from where.
    private func followLive(_ edge: TestEdge, at id: String, _ more: String = "") async throws -> EventClient {
        let client = try await follow(edge, more)
        try await client.until(lastID: id)
        return client
    }

    private func append(_ log: MemoryEventLog, _ numbers: ClosedRange<Int>, key: String = "k", to topic: String = topic)
    {
        for number in numbers { log.append(topic, key: key, payload: Array("{\"n\":\(number)}".utf8)) }
    }

    private func expect(_ messages: [EventClient.Message], _ numbers: ClosedRange<Int>, epoch: Int = 7) {
        let wanted = numbers.map {
            EventClient.Message(id: "\(epoch):\($0)", event: Self.topic, data: "{\"n\":\($0)}")
        }
        #expect(messages == wanted)
    }

    private func numbers(_ edge: TestEdge) async throws -> String { try await edge.send("GET", "/metrics").text }

    private func until(_ edge: TestEdge, has line: String) async throws {
        while try await !numbers(edge).contains(line) {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    // MARK: The feed

    /// Whoever looked before the news, and waits after them, must not wait for the next.
    @Test func `news that came between looking and waiting are not waited for`() async throws {
        try await run { edge, _, _ in
            let feed = TopicFeed(
                Self.topic,
                of: "service_a",
                version: 0,
                node: edge.node,
                memory: 1 << 20,
                logger: edge.log.logger
            )
            let (_, version) = feed.find(LogPosition(epoch: 7, offset: 1))
            feed.join()
            await feed.news(after: version, for: 1)
            #expect(feed.find(LogPosition(epoch: 7, offset: 1)).version > version)
            await feed.news(after: version, for: 1)
            feed.leave()
        }
    }

    // MARK: Every event once, in order

    @Test func `every event comes once and in order to all who follow, with its id`() async throws {
        try await run { edge, log, _ in
            append(log, 1...3)
            let clients = [
                try await followLive(edge, at: "7:3"), try await followLive(edge, at: "7:3"),
                try await follow(edge, "&from=earliest"),
            ]
            append(log, 4...300)
            expect(try await clients[0].next(297), 4...300)
            expect(try await clients[1].next(297), 4...300)
            expect(try await clients[2].next(300), 1...300)
            #expect(clients[0].head.contains("Content-Type: text/event-stream\r\n"))
            #expect(clients[0].head.contains("Cache-Control: no-store") && clients[0].head.contains("traceparent: "))
            #expect((2000...4000).contains(clients[0].retry ?? 0))
            let numbers = try await numbers(edge)
            #expect(numbers.contains(#"fountain_gateway_event_streams{topic="things.opened"} 3"#))
            #expect(numbers.contains(#"fountain_gateway_event_streams_sent_total{topic="things.opened"} 894"#))
        }
    }

    @Test func `who comes back with the last id goes on behind it, by header or by query`() async throws {
        try await run { edge, log, _ in
            append(log, 1...10)
            expect(try await follow(edge, "", [("Last-Event-ID", "7:4")]).next(6), 5...10)
            expect(try await follow(edge, "&last_event_id=7:8").next(2), 9...10)
            let atHead = try await follow(edge, "&from=earliest", [("Last-Event-ID", "7:10")])
            append(log, 11...11)
            expect(try await atHead.next(1), 11...11)
        }
    }

    @Test func `who cannot go on where it was is told why, and goes on with what is kept`() async throws {
        try await run { edge, log, _ in
            append(log, 1...10)
            _ = try await log.consumers?.prune(Self.topic, before: 6, limit: .max)
            for (id, reason) in [("7:2", "gone"), ("8:9", "another_log"), ("7:11", "ahead")] {
                let client = try await follow(edge, "", [("Last-Event-ID", id)])
                let told = try #require(try await client.next())
                #expect(told.event == "reset" && told.id == "7:5")
                let data = #"{"epoch":"7","first":6,"reason":"\#(reason)","topic":"things.opened"}"#
                #expect(try JSONReader.read(Array(told.data.utf8)) == JSONReader.read(Array(data.utf8)))
                expect(try await client.next(5), 6...10)
            }
            expect(try await follow(edge, "", [("Last-Event-ID", "7:5")]).next(5), 6...10)
        }
    }

    @Test func `a publisher that is restarted is waited for, and its new log is told`() async throws {
        try await run(liveness: .seconds(2)) { edge, log, service in
            let client = try await followLive(edge, at: "7:0")
            append(log, 1...5)
            expect(try await client.next(5), 1...5)
            await edge.stop(service)
            append(log, 6...9)
            let again = try await serve(log, at: edge)
            append(log, 10...12)
            expect(try await client.next(7), 6...12)
            await edge.stop(again)
            let other = Self.log(epoch: 9)
            append(other, 1...3)
            try await serve(other, at: edge)
            append(other, 4...4)
            let told = try #require(try await client.next())
            #expect(told.event == "reset" && told.data.contains("another_log") && told.id == "9:0")
            expect(try await client.next(4), 1...4, epoch: 9)
        }
    }

    /// Its log goes on, so that nothing but the version tells the two apart.
    @Test func `who reads a version is told when the publisher comes back with another, and gets none of its events`()
        async throws
    {
        try await run(liveness: .seconds(2)) { edge, log, service in
            let (first, any) = (
                try await followLive(edge, at: "7:0", "&version=1"), try await followLive(edge, at: "7:0")
            )
            append(log, 1...2)
            expect(try await first.next(2), 1...2)
            await edge.stop(service)
            let renewed = Topic<Fake.Thing>(
                Self.topic,
                publisher: "service_a",
                "For anybody",
                version: 2,
                access: .public
            )
            try await edge.serve("service_a", Fake.handlers(), topics: [renewed.description], log: log)
            append(log, 3...4)
            let told = try #require(try await first.next())
            #expect(told.event == "end" && told.data.contains("topic_version"), "\(told)")
            #expect(try await first.next() == nil)
            expect(try await any.next(4), 1...4)
        }
    }

    @Test func `only the keys that are asked for come, and the position moves on all the same`() async throws {
        try await run(gateway: "events: {keep_alive: 50ms}") { edge, log, _ in
            let client = try await followLive(edge, at: "7:0", "&key=a&key_prefix=h/")
            append(log, 1...2, key: "a")
            append(log, 3...4, key: "b")
            append(log, 5...5, key: "h/x")
            append(log, 6...9, key: "ab")
            #expect(try await client.next(3).map(\.id) == ["7:1", "7:2", "7:5"])
            try await client.until(lastID: "7:9")
            // Without that, a quiet filter would come back to where the log has long been pruned.
            _ = try await log.consumers?.prune(Self.topic, before: 10, limit: .max)
            let again = try await follow(edge, "&key=a", [("Last-Event-ID", client.lastID)])
            append(log, 10...10, key: "a")
            #expect(try await again.next()?.id == "7:10")
        }
    }

    @Test func `what is large and long comes whole, through a buffer that is neither`() async throws {
        try await run(gateway: "events: {buffer: 16KiB, memory: 64KiB, reads: 1}") { edge, log, _ in
            let text = String(repeating: "x", count: 40_000)
            for number in 1...40 { log.append(Self.topic, key: "k", payload: Array("\"\(number)\(text)\"".utf8)) }
            let client = try await follow(edge, "&from=earliest")
            let messages = try await client.next(40)
            #expect(messages.map(\.id) == (1...40).map { "7:\($0)" })
            #expect(messages.allSatisfy { $0.data.utf8.count > 40_000 })
        }
    }

    // MARK: Who may, and what is no request

    @Test(arguments: [
        ("/events", 400, "invalid_request"), ("/events?topic=", 400, "invalid_request"),
        ("/events?topic=things.opened&topic=x", 400, "invalid_request"),
        ("/events?topic=things.opened&what=1", 400, "invalid_request"),
        ("/events?topic=things.opened&key=", 400, "invalid_request"),
        ("/events?topic=things.opened&from=middle", 400, "invalid_request"),
        ("/events?topic=things.opened&last_event_id=nonsense", 400, "invalid_request"),
        ("/events?topic=things.opened&version=0", 400, "invalid_request"),
        ("/events?topic=things.opened&version=2", 409, "topic_version"),
        ("/events?topic=things.nothing", 404, "not_found"), ("/events?topic=things.hidden", 404, "not_found"),
        ("/events?topic=things.changed", 401, "unauthenticated"),
    ])
    func `what cannot be followed is said in an answer`(target: String, status: Int, code: String) async throws {
        try await run { edge, _, _ in
            let answer = try await edge.send("GET", target)
            #expect(answer.status == status)
            #expect(try answer.problem().code == code)
            #expect(answer["WWW-Authenticate"] == (status == 401 ? "Bearer realm=\"fountain\"" : nil))
        }
    }

    @Test func `a topic is held to its access as operations are`() async throws {
        try await run { edge, log, _ in
            let token = try await edge.mint.token()
            #expect(try await edge.send("GET", "/events?topic=things.guarded", token: token).status == 403)
            await edge.authority.issue("fk_no", to: "other", scopes: ["service_a.*"])
            await edge.authority.issue("fk_yes", to: "one", scopes: ["things.*"])
            let other = [("X-API-Key", "fk_no")]
            #expect(try await edge.send("GET", "/events?topic=things.changed", headers: other).status == 403)
            for header in [("X-API-Key", "fk_yes"), ("Authorization", "Bearer \(token)")] {
                let target = "/events?topic=things.changed&version=2&from=earliest"
                let client = try await EventClient(target, port: try edge.port(), headers: [header])
                #expect(client.status == 200)
            }
            let bad = try await edge.send("GET", Self.path, token: "nonsense")
            #expect(bad.status == 401, "a bad credential is refused also where none is needed")
        }
    }

    @Test func `other methods, other forms, other origins`() async throws {
        try await run { edge, _, _ in
            #expect(try await edge.send("POST", Self.path).status == 405)
            let options = try await edge.send("OPTIONS", Self.path)
            #expect(options.status == 204 && options["Allow"] == "GET, HEAD, OPTIONS")
            let head = try await edge.send("HEAD", Self.path)
            #expect(head.status == 200 && head["Content-Type"] == "text/event-stream" && head.body.isEmpty)
            let picky = try await edge.send("GET", Self.path, headers: [("Accept", "application/json")])
            #expect(picky.status == 406)
            #expect(try await edge.send("HEAD", "/events?topic=things.changed").status == 401)
            let port = try edge.port(of: "service_a")
            #expect(try await EventClient(Self.path, port: port).status == 200, "at the service's own port")
            #expect(try await edge.send("GET", Self.path, host: "kms.localhost").status == 404)
        }
    }

    @Test func `a page of a friendly origin may follow`() async throws {
        try await run(gateway: #"cors: {origins: ["https://app.example"]}"#) { edge, _, _ in
            let client = try await follow(edge, "", [("Origin", "https://app.example")])
            #expect(client.head.contains("Access-Control-Allow-Origin: https://app.example"))
        }
    }

    // MARK: How it ends

    @Test func `a token that is revoked ends the stream, and says so`() async throws {
        try await run(gateway: "events: {recheck: 1s}") { edge, _, _ in
            let token = try await edge.mint.token()
            let client = try await EventClient(
                "/events?topic=things.changed",
                port: try edge.port(),
                headers: [("Authorization", "Bearer \(token)")]
            )
            await edge.authority.revoke(token: "t1")
            let end = try #require(try await client.next())
            #expect(end.event == "end" && end.data.contains("unauthenticated") && end.data.contains("revoked"))
            #expect(try await client.next() == nil)
            try await until(edge, has: #"streams_ended_total{topic="things.changed",reason="not_allowed"} 1"#)
        }
    }

    @Test func `a token that runs out ends the stream`() async throws {
        try await run(gateway: "events: {recheck: 1s}") { edge, _, _ in
            let token = try await edge.mint.token()
            let client = try await EventClient(
                "/events?topic=things.changed",
                port: try edge.port(),
                headers: [("Authorization", "Bearer \(token)")]
            )
            edge.advance(1000)
            #expect(try await client.next()?.data.contains("expired") == true)
            #expect(try await client.next() == nil)
        }
    }

    @Test func `beyond its places nobody gets one, until somebody leaves`() async throws {
        let bounds = "events: {max_streams: 3, max_streams_per_client: 2}"
        try await run(gateway: bounds) { edge, _, _ in
            let (one, two) = (try await follow(edge), try await follow(edge))
            let refused = try await edge.send("GET", Self.path)
            #expect(refused.status == 429 && refused["Retry-After"] == "5")
            #expect(try refused.problem().code == "too_many_requests")
            let elsewhere = { (number: Int) in [("X-Forwarded-For", "203.0.113.\(number)")] }
            let three = try await follow(edge, "", elsewhere(1))
            let full = try await edge.send("GET", Self.path, headers: elsewhere(2))
            #expect(full.status == 503 && full["Retry-After"] == "5")
            #expect(try full.problem().code == "overloaded")
            #expect(try await edge.send("GET", "/health").status == 200)
            one.leave()
            try await until(edge, has: #"event_streams_ended_total{topic="things.opened",reason="client_gone"} 1"#)
            _ = try await follow(edge, "", elsewhere(2))
            two.leave()
            three.leave()
            #expect(try await numbers(edge).contains("fountain_gateway_event_streams_places 3\n"))
        }
    }

    @Test func `who does not read is let go, and can go on later`() async throws {
        try await run(gateway: "events: {buffer: 16KiB, send_timeout: 1s}") { edge, log, _ in
            let client = try await follow(edge, "&from=earliest", narrow: true)
            let text = String(repeating: "x", count: 4000)
            for number in 1...150 { log.append(Self.topic, key: "k", payload: Array("\"\(number)\(text)\"".utf8)) }
            try await until(edge, has: #"event_streams_ended_total{topic="things.opened",reason="slow_reader"} 1"#)
            var count = 0
            while let message = try await client.next() {
                count += 1
                #expect(message.id == "7:\(count)")
            }
            #expect(count < 150)
            var last = client.lastID
            // A busy machine may make this one slow as well.
            while count < 150 {
                let again = try await follow(edge, "", [("Last-Event-ID", last)])
                while count < 150, let message = try await again.next() {
                    guard message.event == Self.topic else { continue }
                    count += 1
                    #expect(message.id == "7:\(count)")
                }
                last = again.lastID
            }
        }
    }

    @Test func `a gateway that ends says so and when to come back, at once`() async throws {
        try await run(gateway: "drain_timeout: 50s") { edge, _, _ in
            let client = try await followLive(edge, at: "7:0")
            let begun = ContinuousClock.now
            await edge.lifecycle.triggerGracefulShutdown()
            let end = try #require(try await client.next())
            #expect(end.event == "end" && end.data.contains("stopping"))
            #expect(try await client.next() == nil)
            #expect(ContinuousClock.now - begun < .seconds(20))
        }
    }

    @Test func `silence is broken by comments`() async throws {
        try await run(gateway: "events: {keep_alive: 50ms}") { edge, _, _ in
            try await followLive(edge, at: "7:0").until(comments: 3)
        }
    }

    @Test func `the end of a stream is a line of the log, with how much there was`() async throws {
        try await run { edge, log, _ in
            append(log, 1...4)
            let client = try await follow(edge, "&from=earliest")
            expect(try await client.next(4), 1...4)
            client.leave()
            try await until(edge, has: #"reason="client_gone"} 1"#)
            while !edge.log.text.contains("stream ended") {
                try Task.checkCancellation()
                await Task.yield()
            }
            let line = try #require(edge.log.text.split(separator: "\n").first { $0.hasPrefix("stream ended") })
            for field in ["bus.topic=things.opened", "events=4", "reason=client_gone", "http.client=127.0.0.1"] {
                #expect(line.contains(field), "\(line)")
            }
        }
    }

    // MARK: What is told of it

    @Test func `it is described where operations are`() async throws {
        try await run { edge, _, _ in
            let document = try await edge.send("GET", "/openapi.json")
            #expect(document.text.contains(#""/events""#) && document.text.contains("text/event-stream"))
            #expect(document.text.contains("things.opened") && !document.text.contains("things.hidden"))
            #expect(try await OpenAPIValidator.complaint(about: document.body) == nil)
            #expect(try await edge.send("GET", "/docs").text.contains("/events?topic=things.opened"))
            #expect(try await edge.send("GET", "/postman.json").text.contains("events?topic=things.opened"))
            #expect(
                try await edge.send("GET", "/openapi.json", host: "kms.localhost").text.contains("/events") == false
            )
        }
    }
}
