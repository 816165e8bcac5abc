// Pages of other origins (CORS, the fetch standard): which may read answers, and what a preflight is told. Nobody's, where the topology names none.
//
// It never says `*`, and never that cookies may be sent: who calls is said by `Authorization` or `X-API-Key`, which a page has to know.

internal import HTTPServer
internal import Topology

struct CrossOrigin: Sendable {
    let settings: Topology.Gateway.CrossOrigin

    private static let requestFields = [
        "Accept", "Authorization", "Content-Type", "Fountain-Offset", "Idempotency-Key", "If-Match", "If-None-Match",
        "Last-Event-ID",
        "traceparent",
        "X-API-Key", "X-Request-Id",
    ].joined(separator: ", ")

    private static let answerFields = [
        "Allow", "ETag", "Fountain-Offset", "Idempotency-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy",
        "Retry-After",
        "Server-Timing", "traceparent", "WWW-Authenticate", "X-Request-Id",
    ].joined(separator: ", ")

    /// What an answer says. Where some origins may read, each answer says for which one it is: caches keep them apart.
    func fields(_ request: HTTPRequest) -> [(String, String)] {
        guard !settings.origins.isEmpty else { return [] }
        guard let origin = origin(of: request) else { return [("Vary", "Origin")] }
        return [
            ("Vary", "Origin"), ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", Self.answerFields),
        ]
    }

    /// What is said beside `Allow` to a browser that asks before it sends.
    func preflight(_ request: HTTPRequest, _ allow: [String]) -> [(String, String)] {
        guard origin(of: request) != nil, request.headers["Access-Control-Request-Method"] != nil else { return [] }
        return [
            ("Access-Control-Allow-Methods", allow.joined(separator: ", ")),
            ("Access-Control-Allow-Headers", Self.requestFields),
            ("Access-Control-Max-Age", "\(settings.maxAge.components.seconds)"),
        ]
    }

    /// The page's origin, where it is one of those that may.
    private func origin(of request: HTTPRequest) -> String? {
        let origins = request.headers.all("Origin")
        guard origins.count == 1, settings.origins.contains(origins[0]) else { return nil }
        return origins[0]
    }
}
