// What the HTTP server refuses by itself, said in the same words as everything else.

internal import Bus
internal import HTTPServer

extension Refusal {
    /// In our words. `call` is the operation that the request was for, where it was for one: what has begun may have been done.
    func failure(of call: Unanswered?) -> Failure {
        switch self {
        case .timedOut: Self.unanswered(call, .deadlineExceeded, "The answer did not come in time.")
        case .interrupted: Self.unanswered(call, .unavailable, "The gateway is shutting down.")
        default: failure
        }
    }

    private static func unanswered(_ call: Unanswered?, _ code: ErrorCode, _ reason: String) -> Failure {
        call?.failure(code, reason) ?? Failure(code, reason, retryAfter: 1)
    }

    private var failure: Failure {
        switch self {
        case .badFraming(let fault): Failure(.invalidRequest, "The request is not sound HTTP: \(fault.rawValue).")
        case .badRequestTarget: Failure(.invalidRequest, "The request target is not a path with sound percent-escapes.")
        case .badAuthority: Failure(.invalidRequest, "The Host is not a name or an address with or without a port.")
        case .misdirected:
            Failure(.misdirected, "The Host is none of this gateway's. The topology names them: gateway.hosts.")
        case .crossOrigin: Failure(.forbidden, "A page of another origin may not change anything here.")
        case .unsupportedVersion: Failure(.unsupportedVersion, "This gateway speaks HTTP/1.1 and HTTP/1.0.")
        case .targetTooLong(let limit): Failure(.targetTooLong, "The request target may have \(limit) bytes.")
        case .tooMany(.parameters, let limit): Failure(.invalidRequest, "A query may have \(limit) parameters.")
        case .tooMany(let part, let limit): Failure(.headersTooLarge, "A request may have \(limit) \(part.rawValue).")
        case .tooSlow: Failure(.requestTimeout, "The request did not come in time.", retryAfter: 1)
        case .crowded: Failure(.overloaded, "The gateway has too many connections.", retryAfter: 1)
        case .headersTooLarge(let limit):
            Failure(.headersTooLarge, "Request line and headers may have \(limit) bytes together.")
        case .bodyTooLarge(let limit): Failure(.payloadTooLarge, "A body may have \(limit) bytes here.")
        case .queuedTooLong: Failure(.overloaded, "The gateway has too much to do; this was not begun.", retryAfter: 1)
        case .overloaded: Failure(.overloaded, "The gateway has too many requests in hand.", retryAfter: 1)
        case .timedOut: Failure(.deadlineExceeded, "The answer did not come in time.")
        case .draining: Failure(.draining, "The gateway is shutting down, and has not begun this.", retryAfter: 1)
        case .interrupted: Failure(.unavailable, "The gateway is shutting down.", retryAfter: 1)
        case .invalidResponse: Failure(.badReply, "There is an answer, but it could not be sent.")
        }
    }
}
