// What every answer carries, whoever made it: how to find the request again, how long it took, what is left of allowances, and what a browser
// may do with it. An answer's own fields stay.

internal import Bus
internal import HTTPServer

extension Edge {
    /// What a browser may do with an answer that is no page: nothing.
    private static let security = [
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ]

    func finish(_ response: HTTPResponse, to request: HTTPRequest, _ record: RequestRecord) -> HTTPResponse {
        var response = response
        let own = response.headers
        response.headers += Self.security.filter { field in !own.contains { HTTPFields.isSame($0.0, field.0) } }
        response.headers += [
            ("traceparent", record.trace.traceparent), ("X-Request-Id", record.requestID),
            ("Server-Timing", "total;dur=\(Self.milliseconds(record.duration))"),
        ]
        response.headers += RateLimitFields.fields(record.allowances)
        response.headers += crossOrigin.fields(request)
        return response
    }

    /// Two digits behind the point.
    private static func milliseconds(_ duration: Duration) -> String {
        let hundredths = Int(clamping: Int64(duration / .microseconds(10)))
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
