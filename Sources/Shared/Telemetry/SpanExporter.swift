// Sends the spans of a service, or of the gateway, to the collector that the topology names (ADR 0062).
//
//     ring ──take──> SpanQueue (mutex) ──run: one task──> SpanDocument ──POST──> collector
//
// Whoever ends a span pays for a lock and the store of a value; what costs is done by the task. It refuses to make anybody wait, and to grow: what
// finds no room is counted. Rules are in `SpanQueue`; this carries them out.

package import Bus
package import HTTPClient
package import Logging
internal import Synchronization

package final class SpanExporter: Sendable {
    package struct Settings: Sendable {
        /// Where spans are posted: the collector's URL with `/v1/traces`.
        package var url: String
        package var limits = SpanQueue.Limits()
        /// For one request.
        package var timeout = Duration.seconds(10)
        /// How long the last batches may take at the end.
        package var drainTimeout = Duration.seconds(1)

        /// - Parameter collector: `http://127.0.0.1:4318`, without a slash at the end.
        package init(collector: String) { url = collector + "/v1/traces" }
    }

    private let settings: Settings
    private let source: SpanSource
    private let client: HTTPClient
    private let logger: Logger
    private let queue: Mutex<SpanQueue>
    private let report = Mutex(SpanReport())
    /// Something is due, or everything ends.
    private let bell = Bell()
    /// How long the end may take, once it has come.
    private let patience = Mutex<Duration?>(nil)
    private let isEnding = Bell()

    package init(_ settings: Settings, of source: SpanSource, by client: HTTPClient, logger: Logger) {
        (self.settings, self.source, self.client, self.logger) = (settings, source, client, logger)
        queue = Mutex(SpanQueue(settings.limits))
    }

    /// Takes a span that has ended; from any thread. One whose trace its client does not want sampled is left out, as everybody else does on its way.
    package func take(_ span: SpanRecord) {
        guard span.trace.flags & 1 == 1 else { return }
        if queue.withLock({ $0.add(span, at: .now) }) { bell.ring() }
    }

    /// For who looks at a service from outside.
    package var numbers: [String: Double] {
        let (sent, lost, waiting) = queue.withLock { ($0.sent, $0.losses.all, $0.waiting) }
        return [
            "spans_sent_total": Double(sent), "spans_dropped_total": Double(lost), "spans_waiting": Double(waiting),
        ]
    }

    // MARK: At work

    /// Sends until `finish` was called and what was left is sent, or its time is over.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.send() }
            group.addTask { await self.waitForTheEnd() }
            await group.next()
            group.cancelAll()
        }
        queue.withLock { $0.abandon() }
        say(isEnd: true)
    }

    /// No more comes: what is there is sent, within `drainTimeout`, and `run` returns.
    package func finish() { finish(within: settings.drainTimeout) }

    /// Nothing is sent any more, and `run` returns.
    package func stop() { finish(within: .zero) }

    private func finish(within time: Duration) {
        patience.withLock { $0 = time }
        queue.withLock { $0.finish(by: .now + time) }
        isEnding.ring()
        bell.ring()
    }

    /// A request under way, or a collector that does not answer, must not hold the process.
    private func waitForTheEnd() async {
        await isEnding.wait()
        try? await Task.sleep(for: patience.withLock { $0 } ?? .zero)
    }

    private func send() async {
        while !Task.isCancelled {
            switch queue.withLock({ $0.next(at: .now) }) {
            case .send(let spans):
                let outcome = await post(spans)
                queue.withLock { $0.settle(outcome, at: .now, jitter: .random(in: 0...1)) }
                report.withLock { $0.note(outcome.reason) }
                say()
            case .rest(let until): await rest(until: until)
            case .ended: return
            }
        }
    }

    private func post(_ spans: [SpanRecord]) async -> SpanQueue.Outcome {
        let request = OutboundRequest(
            .post,
            settings.url,
            headers: [("Content-Type", "application/json"), ("User-Agent", "fountain")],
            body: SpanDocument.written(spans, of: source, at: .now),
            timeout: settings.timeout
        )
        do throws(HTTPClientError) { return SpanQueue.Outcome(try await client.send(request)) } catch {
            return SpanQueue.Outcome(error)
        }
    }

    private func rest(until: ContinuousClock.Instant?) async {
        guard let until else { return await bell.wait() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(until: until, clock: .continuous) }
            group.addTask { await self.bell.wait() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Says how many were lost, once in a while.
    private func say(isEnd: Bool = false) {
        let losses = queue.withLock { $0.losses }
        let said = report.withLock { report in (report.due(losses, at: .now, isEnd: isEnd), report.reason) }
        guard case (let lost?, let reason) = said else { return }
        logger.warning(
            "spans did not reach the collector",
            metadata: [
                "telemetry.no_room": "\(lost.unqueued)", "telemetry.refused": "\(lost.refused)",
                "telemetry.undelivered": "\(lost.undelivered)", "reason": "\(reason)",
            ]
        )
    }
}

extension SpanQueue.Outcome {
    /// Of what went wrong.
    fileprivate var reason: String {
        switch self {
        case .taken(_, let reason), .refused(let reason), .later(let reason, _): reason
        }
    }
}
