// What is remembered of a request: enough to find it again, nothing that is secret. The route, not the path; no query, no body, no header.

internal import Bus
internal import Logging

struct RequestRecord: Sendable {
    let listener: String
    let method: String
    let trace: TraceContext
    /// The template, `/kms/keys/{service_name}`, or the gateway's own page.
    var route: String?
    var operation: String?
    /// Who it acted for.
    var subject: String?
    var status = 0
    var seconds = 0.0

    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    /// The method, or `other`: what clients invent must not become a label.
    var knownMethod: String { Self.methods.contains(method) ? method : "other" }

    func log(to logger: Logger) {
        var metadata: Logger.Metadata = [
            "http.listener": "\(listener)", "http.method": "\(knownMethod)", "http.status": "\(status)",
            "http.duration_ms": "\((seconds * 1_000_000).rounded() / 1_000)", "trace": "\(trace.traceID)",
        ]
        if let route { metadata["http.route"] = "\(route)" }
        if let operation { metadata["bus.operation"] = "\(operation)" }
        if let subject { metadata["principal"] = "\(subject)" }
        logger.info("request", metadata: metadata)
    }
}
