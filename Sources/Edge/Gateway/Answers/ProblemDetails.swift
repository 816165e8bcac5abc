// A failure as RFC 9457 `application/problem+json`: the one shape in which anything goes wrong at the edge.
//
//     {"type":"/problems/invalid_request","title":"The request is not valid","status":400,"code":"invalid_request",
//      "detail":"elementId must be at least 1","trace_id":"4bf9…","errors":[{"field":"elementId","problem":"must be at least 1"}]}

internal import Bus
internal import HTTPServer

struct ProblemDetails: Codable, Equatable {
    let type: String
    let title: String
    let status: Int
    let detail: String
    let code: String
    let trace_id: String
    let errors: [Failure.Field]?
    /// Of a 412: the present one, where there is one.
    let revision: UInt64?

    static let contentType = "application/problem+json"

    init(_ failure: Failure, trace: TraceContext) {
        type = failure.code.page
        title = failure.code.title
        // A code comes from a peer, and a peer must not be able to answer 200 or 999 by failing.
        status = (400...599).contains(failure.code.status) ? failure.code.status : 502
        detail = failure.detail
        code = failure.code.name
        trace_id = trace.traceID
        errors = failure.fields
        revision = failure.revision
    }

    static func response(_ refused: Refused, trace: TraceContext, headers: [(String, String)] = []) -> HTTPResponse {
        let problem = ProblemDetails(refused.failure, trace: trace)
        let body = (try? PayloadCoding.encode(problem)) ?? []
        var fields = [("Cache-Control", "no-store")] + headers
        if let position = refused.failure.position { fields.append(("Fountain-Offset", position.text)) }
        if let seconds = refused.failure.retryAfter, seconds >= 0 { fields.append(("Retry-After", "\(seconds)")) }
        if problem.status == 401 { fields.append(("WWW-Authenticate", challenge(of: refused))) }
        return HTTPResponse(status: problem.status, contentType: contentType, body: body, headers: fields)
    }

    private static func challenge(of refused: Refused) -> String {
        if let challenge = refused.challenge { return challenge }
        let isStepUp = refused.failure.code.name == ErrorCode.insufficientUserAuthentication.name
        if let asked = refused.failure.challenge ?? (isStepUp ? .init(acrValues: "aal2") : nil) {
            return Header.stepUp(asked)
        }
        return Refused.plainChallenge
    }
}
