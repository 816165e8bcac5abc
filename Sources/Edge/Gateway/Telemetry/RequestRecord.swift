// What is remembered of a request: enough to find it again, nothing that is secret. The route, not the path; no query, no body, no header.

internal import Bus
internal import Logging
internal import Logs

struct RequestRecord: Sendable {
    let listener: String
    let method: String
    let trace: TraceContext
    /// The client's own hop, where it says so.
    let parent: TraceContext?
    /// What the client calls it; the trace's id where it has no name of its own.
    let requestID: String
    /// From where it came, as far as proxies can be believed.
    let client: String
    /// The template, `/kms/keys/{service_name}`, or the gateway's own page.
    var route: String?
    var operation: String?
    /// Who it acted for.
    var subject: String?
    /// Why the server refused it by itself.
    var reason: String?
    /// What it was counted under, and what is left there.
    var allowances: [RateLimiter.Answer] = []
    var status = 0
    var duration = Duration.zero

    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    /// The method, or `other`: what clients invent must not become a label.
    var knownMethod: String { Self.methods.contains(method) ? method : "other" }

    /// Keeps it for who asks for its trace. Our own pages are asked for all the time, and nobody's request.
    func note(in spans: SpanRing) {
        guard operation != nil || status >= 500 else { return }
        let name = "\(knownMethod) \(route ?? "?")"
        let error = status >= 400 ? "\(status)" : nil
        spans.note(
            .requested,
            name,
            with: client,
            trace,
            parent: parent,
            duration,
            error: error,
            isFailure: status >= 500,
            status: status
        )
    }

    func log(to logger: Logger) {
        logger.record(.info, "request", fields)
    }

    private var fields: [LogField] {
        var fields: [LogField] = [
            ("trace", .text(trace.traceID)), ("http.listener", .text(listener)), ("http.method", .text(knownMethod)),
            ("http.status", .integer(status)), ("http.duration_ms", .duration(duration)),
            ("http.client", .text(client)),
        ]
        if requestID != trace.traceID { fields.append(("http.request_id", .text(requestID))) }
        if let route { fields.append(("http.route", .text(route))) }
        if let operation { fields.append(("bus.operation", .text(operation))) }
        if let reason { fields.append(("http.reason", .text(reason))) }
        if let subject { fields.append(("principal", .text(subject))) }
        return fields
    }
}
