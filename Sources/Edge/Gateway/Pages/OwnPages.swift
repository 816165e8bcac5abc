// Answers what the gateway is asked about itself.

internal import Bus
internal import HTTPServer

struct OwnPages: Sendable {
    let directory: Directory
    let metrics: Metrics
    let clocks: ClockBoard

    func answer(_ page: OwnPage, trace: TraceContext) -> HTTPResponse {
        switch page {
        case .landing: html(LandingPage.html(directory.table))
        case .docs: html(directory.current.docs)
        case .openAPI: json(directory.current.openAPI)
        case .metrics: plain(metrics.text + Metrics.clocks(clocks.seconds))
        // Alive, whatever the services are: who restarts us for their sake makes it worse.
        case .health: json(Array(#"{"status":"healthy"}"#.utf8))
        case .ready: ready(trace)
        }
    }

    private func ready(_ trace: TraceContext) -> HTTPResponse {
        let unmet = directory.table.unmet
        if unmet.isEmpty { return json(Array(#"{"status":"ready"}"#.utf8)) }
        let fields = unmet.map { Failure.Field($0, "has not been met yet") }
        let detail = "Waiting for \(unmet.joined(separator: ", "))."
        return ProblemDetails.response(
            Refused(Failure(.unavailable, detail, fields: fields, retryAfter: 1)),
            trace: trace
        )
    }

    private func json(_ body: [UInt8]) -> HTTPResponse { response("application/json", body) }

    private func plain(_ text: String) -> HTTPResponse {
        response("text/plain; version=0.0.4; charset=utf-8", Array(text.utf8))
    }

    private func html(_ body: [UInt8]) -> HTTPResponse {
        response("text/html; charset=utf-8", body, [("Content-Security-Policy", HTML.policy)])
    }

    private func response(_ type: String, _ body: [UInt8], _ headers: [(String, String)] = []) -> HTTPResponse {
        HTTPResponse(
            contentType: type,
            body: body,
            headers: [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")] + headers
        )
    }
}
