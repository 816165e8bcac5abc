// Answers what the gateway is asked about itself.

internal import Bus
internal import HTTPServer

struct OwnPages: Sendable {
    let directory: Directory
    let metrics: Metrics
    let streams: StreamMetrics
    let leases: [VerdictLease]
    let clocks: ClockBoard
    let presence: Presence

    /// `origin` is the service at whose origin the page is; nil at the main one.
    func answer(_ page: OwnPage, _ path: String, at origin: String?, trace: TraceContext) -> HTTPResponse {
        switch page {
        case .landing: html(LandingPage.html(directory.table, at: origin))
        case .docs: html(directory.current.description(at: origin).docs)
        case .script: response("text/javascript; charset=utf-8", Array(DocsScript.text.utf8))
        case .style: response("text/css; charset=utf-8", Array(DocsStyle.text.utf8))
        case .openAPI: json(directory.current.description(at: origin).openAPI)
        case .postman: json(directory.current.description(at: origin).postman)
        case .problems, .problem: explanation(path, trace)
        case .metrics: plain(numbers(of: origin))
        // Alive, whatever the services are: who restarts us for their sake makes it worse.
        case .health: json(Array(#"{"status":"healthy"}"#.utf8))
        case .gatewayReady: gatewayReady(trace)
        case .ready: ready(origin, trace)
        }
    }

    /// For a proxy that has several gateways: whether this one is as good as another. What all of them lack counts against none.
    private func gatewayReady(_ trace: TraceContext) -> HTTPResponse {
        switch presence.now(hasMetAll: directory.table.unmet.isEmpty) {
        case .here: json(Array(#"{"status":"ready"}"#.utf8))
        case .arriving: unready("The gateway has not met the services yet.", trace)
        case .leaving: unready("The gateway is about to end.", trace)
        }
    }

    private func unready(_ detail: String, _ trace: TraceContext) -> HTTPResponse {
        ProblemDetails.response(Refused(Failure(.draining, detail, retryAfter: 1)), trace: trace)
    }

    private func explanation(_ path: String, _ trace: TraceContext) -> HTTPResponse {
        if let page = directory.current.description(at: nil).problems[path] { return html(page) }
        let failure = Failure(.notFound, "No error has this code. All of them: /problems.")
        return ProblemDetails.response(Refused(failure), trace: trace)
    }

    private func numbers(of origin: String?) -> String {
        let isTold = { (service: String) in origin == nil || service == origin }
        let services = directory.table.services.map(\.name).filter(isTold)
        return metrics.text(of: origin) + streams.text(of: origin)
            + LeaseNumbers.text(of: leases.filter { isTold($0.service) })
            + Metrics.clocks(clocks.seconds.filter { isTold($0.key) })
            + Metrics.services(services, missing: directory.missing.map(\.service))
            + Metrics.replicas(directory.replicas.filter { isTold($0.service) })
            + Metrics.vitals(directory.vitals.filter { isTold($0.key) }) + ProcessNumbers.text
    }

    private func ready(_ origin: String?, _ trace: TraceContext) -> HTTPResponse {
        let isTold = { (service: String) in origin == nil || service == origin }
        let missing = directory.unreliable.filter { isTold($0.service) }
        if missing.isEmpty { return readiness(directory.replicas.filter { isTold($0.service) }) }
        let fields = missing.map { Failure.Field($0.service, $0.why) }
        let detail = "Waiting for \(missing.map(\.service).joined(separator: ", "))."
        return ProblemDetails.response(
            Refused(Failure(.unavailable, detail, fields: fields, retryAfter: 1)),
            trace: trace
        )
    }

    private func readiness(_ replicas: [ReplicaStanding]) -> HTTPResponse {
        // Words and small numbers: it can be written.
        json((try? PayloadCoding.encode(Readiness(replicas))) ?? Array(#"{"status":"ready"}"#.utf8))
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
            headers: [("Cache-Control", "no-store")] + headers
        )
    }
}
