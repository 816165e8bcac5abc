// What the HTTP server refuses by itself, said in the same words as everything else.

internal import Bus
internal import HTTPServer

extension Refusal {
    var failure: Failure {
        switch self {
        case .badFraming(let fault): Failure(.invalidRequest, "The request is not sound HTTP: \(fault.rawValue).")
        case .badRequestTarget: Failure(.invalidRequest, "The request target is not a path with sound percent-escapes.")
        case .badAuthority: Failure(.invalidRequest, "The Host is not a name or an address with or without a port.")
        case .misdirected:
            Failure(.misdirected, "The Host is none of this gateway's. The topology names them: gateway.hosts.")
        case .crossOrigin: Failure(.forbidden, "A page of another origin may not change anything here.")
        case .headersTooLarge(let limit):
            Failure(.headersTooLarge, "Request line and headers may have \(limit) bytes together.")
        case .bodyTooLarge(let limit): Failure(.payloadTooLarge, "A body may have \(limit) bytes here.")
        case .overloaded: Failure(.overloaded, "The gateway has too many requests in hand.", retryAfter: 1)
        case .timedOut: Failure(.deadlineExceeded, "The answer did not come in time.")
        case .draining: Failure(.draining, "The gateway is shutting down.", retryAfter: 1)
        case .invalidResponse: Failure(.badReply, "The answer could not be sent.")
        }
    }
}

extension ErrorCode {
    static let misdirected = ErrorCode("misdirected", status: 421, title: "The request is not for this gateway")
    static let headersTooLarge = ErrorCode("headers_too_large", status: 431, title: "The headers are too large")
}
