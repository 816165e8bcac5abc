// Answers what the gateway is asked about itself.

internal import Bus
internal import HTTPServer

struct OwnPages: Sendable {
    let directory: Directory
    let metrics: Metrics
    let clocks: ClockBoard

    /// `origin` is the service at whose origin the page is; nil at the main one.
    func answer(_ page: OwnPage, at origin: String?, trace: TraceContext) -> HTTPResponse {
        switch page {
        case .landing: html(LandingPage.html(directory.table, at: origin))
        case .docs: html(directory.current.description(at: origin).docs)
        case .openAPI: json(directory.current.description(at: origin).openAPI)
        case .metrics: plain(numbers(of: origin))
        // Alive, whatever the services are: who restarts us for their sake makes it worse.
        case .health: json(Array(#"{"status":"healthy"}"#.utf8))
        case .ready: ready(origin, trace)
        }
    }

    private func numbers(of origin: String?) -> String {
        let seconds = clocks.seconds.filter { origin == nil || $0.key == origin }
        return metrics.text(of: origin) + Metrics.clocks(seconds)
    }

    private func ready(_ origin: String?, _ trace: TraceContext) -> HTTPResponse {
        let unmet = directory.table.unmet.filter { origin == nil || $0 == origin }
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
