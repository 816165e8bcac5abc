// `GET /events`: whether somebody may follow a topic, and from where; then the stream goes on by itself (`EventStream`).
//
// Following a topic is asked, counted and allowed as an operation of the topic's name would be. What can be said in an answer is said in one,
// before the stream begins; afterwards only an event can.

internal import Bus
internal import HTTPServer
internal import Logging
internal import Logs
internal import Topology

extension Edge {
    static let eventStream = "text/event-stream"

    func events(_ request: HTTPRequest, _ record: inout RequestRecord) async -> HTTPResponse {
        do throws(Refused) {
            return try await follow(request, &record)
        } catch {
            return ProblemDetails.response(error, trace: record.trace)
        }
    }

    private func follow(_ request: HTTPRequest, _ record: inout RequestRecord) async throws(Refused) -> HTTPResponse {
        guard Accept.takes(Self.eventStream, request.headers) else {
            throw Refused(Failure(.notAcceptable, "There is \(Self.eventStream), and Accept does not take it."))
        }
        let wish = try refusing { () throws(Failure) in try EventsRequest(request) }
        let topic = try refusing { () throws(Failure) in try find(wish, at: hosts.origin(of: request, at: listens)) }
        record.operation = topic.name
        let credentials = try Credentials.read(request.headers)
        let terms = CallTerms(deadline: .after(requestTimeout), trace: record.trace)
        let principal = try await authenticator.admit(credentials, to: topic.operation, terms)
        record.subject = principal?.subject
        try count(topic.operation, principal, &record)
        guard request.method == "GET" else { return head() }
        return try await begin(wish, topic, credentials, principal, record)
    }

    private func begin(
        _ wish: EventsRequest,
        _ topic: MountedTopic,
        _ credentials: Credentials,
        _ principal: Principal?,
        _ record: RequestRecord
    ) async throws(Refused) -> HTTPResponse {
        let holder = StreamPlaces.Holder(
            client: ClientAddress.caller(record.client),
            principal: principal.map { "\($0.kind.rawValue) \($0.subject)" }
        )
        try refusing { () throws(Failure) in try hub.enter(holder) }
        do {
            let start = try await place(wish, topic)
            return answer(with: stream(wish, topic, credentials), from: start, topic, holder, record)
        } catch {
            hub.leave(holder)
            throw Refused(error as? Failure ?? Failure(.cancelled, "The request was given up."))
        }
    }

    /// Where the stream begins; nil where the publisher is away: a client that knows its position can wait for it.
    private func place(_ wish: EventsRequest, _ topic: MountedTopic) async throws -> (StreamCursor, StreamReset?)? {
        do {
            let head = try await hub.page(topic, LogPosition(epoch: 0, offset: 1), 0, version: wish.version).head
            return StreamCursor.begin(wish.start, head)
        } catch let failure as Failure where failure.code.status == 503 || failure.code == .deadlineExceeded {
            guard case .after = wish.start else { throw failure }
            return nil
        }
    }

    private func stream(_ wish: EventsRequest, _ topic: MountedTopic, _ credentials: Credentials) -> EventStream {
        let retry = hub.retry()
        let settings = EventStream.Settings(
            keepAlive: hub.settings.keepAlive,
            retry: retry,
            recheck: hub.settings.recheck
        )
        return EventStream(
            hub.number(),
            wish,
            of: hub.feed(topic, version: wish.version),
            into: hub.body(retry: retry),
            settings,
            log: { [hub] in try await hub.page(topic, $0, $1, version: wish.version) },
            leave: { await mayNot(follow: topic, wish, credentials) },
            count: { [hub] in hub.metrics.sent($0, of: topic) }
        )
    }

    /// Why somebody who follows may not any more.
    private func mayNot(follow topic: MountedTopic, _ wish: EventsRequest, _ credentials: Credentials) async -> Refused?
    {
        do throws(Refused) {
            let now = try refusing { () throws(Failure) in try find(wish, at: nil) }
            let time = min(requestTimeout, hub.settings.recheck)
            let terms = CallTerms(deadline: .after(time), trace: .begin())
            _ = try await authenticator.admit(credentials, to: now.operation, terms)
            return nil
        } catch {
            return error
        }
    }

    private func answer(
        with stream: EventStream,
        from start: (StreamCursor, StreamReset?)?,
        _ topic: MountedTopic,
        _ holder: StreamPlaces.Holder,
        _ record: RequestRecord
    ) -> HTTPResponse {
        stream.feed.join()
        hub.metrics.began(topic)
        let begun = ContinuousClock.now
        let over = { @Sendable (reason: EventStream.Reason) in
            stream.feed.leave()
            hub.leave(holder)
            hub.metrics.ended(topic, reason)
            log(record, topic, stream.sent, reason, begun.duration(to: .now))
        }
        // It outlasts the request, and is not on the loop, where requests are.
        let isBegun = hub.begin { over(await stream.run(from: start.map { (cursor: $0.0, reset: $0.1) })) }
        if !isBegun {
            stream.body.finish(StreamEnd.stopping.event)
            over(.stopping)
        }
        return Self.response(stream.body)
    }

    /// The access log's line at the end of a stream.
    private func log(
        _ record: RequestRecord,
        _ topic: MountedTopic,
        _ sent: Int,
        _ reason: EventStream.Reason,
        _ duration: Duration
    ) {
        var fields: [LogField] = [
            ("trace", .text(record.trace.traceID)), ("http.listener", .text(record.listener)),
            ("http.client", .text(record.client)), ("http.duration_ms", .duration(duration)),
            ("bus.topic", .text(topic.name)), ("events", .integer(sent)), ("reason", .text(reason.rawValue)),
        ]
        if record.requestID != record.trace.traceID { fields.append(("http.request_id", .text(record.requestID))) }
        if let subject = record.subject { fields.append(("principal", .text(subject))) }
        logger.record(.info, "stream ended", fields)
    }

    // MARK: Parts

    private func find(_ wish: EventsRequest, at origin: String?) throws(Failure) -> MountedTopic {
        let snapshot = directory.current
        guard let topic = snapshot.topics[wish.topic], origin == nil || topic.service == origin else {
            if !snapshot.table.unmet.isEmpty {
                throw Failure(
                    .unavailable,
                    "Not every service is there yet, and none that is has this topic.",
                    retryAfter: 1
                )
            }
            throw Failure(.notFound, "No topic that can be followed here has this name.")
        }
        let version = topic.description.version ?? 1
        guard wish.version ?? version == version else {
            throw Failure(.topicVersion, "The topic has version \(version), and you read \(wish.version ?? 0).")
        }
        return topic
    }

    private static func response(_ body: BodyStream) -> HTTPResponse {
        // Proxies that gather answers before they pass them on would keep events back.
        let fields = [("Cache-Control", "no-store"), ("X-Accel-Buffering", "no")]
        var response = HTTPResponse(contentType: eventStream, body: [], headers: fields)
        response.stream = body
        return response
    }

    /// Nothing behind it, but the client may take its time for it as for any other stream's.
    private func head() -> HTTPResponse {
        let body = hub.headBody()
        body.finish()
        return Self.response(body)
    }

    private func refusing<Value>(_ body: () throws(Failure) -> Value) throws(Refused) -> Value {
        do throws(Failure) { return try body() } catch { throw Refused(error) }
    }
}
