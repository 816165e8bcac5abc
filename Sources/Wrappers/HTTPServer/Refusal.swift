// Why the server itself answers instead of the handler. The application renders it (problem+json, its own codes);
// `plainText` is the fallback. libmicrohttpd, which would answer with pages of its own, does not see what is refused here.

package enum Refusal: Error, Sendable, Equatable {
    /// The message could be read in two ways, or is not HTTP; the connection is closed.
    case badFraming(FramingFault)
    /// The target is not a path in visible ASCII with sound percent-escapes.
    case badRequestTarget
    /// The authority, of the target or the Host field, is none.
    case badAuthority
    /// The authority is not one that this server answers for.
    case misdirected
    /// A page of another origin asks for a change.
    case crossOrigin
    /// A version of HTTP other than 1.0 and 1.1.
    case unsupportedVersion
    case targetTooLong(limit: Int)
    case headersTooLarge(limit: Int)
    case tooMany(HeadPart, limit: Int)
    case bodyTooLarge(limit: Int)
    /// The request did not come in time.
    case tooSlow
    /// All connections are taken, and this one kept the server waiting longest, or came last.
    case crowded
    /// As many requests are in hand as the configuration allows.
    case overloaded
    /// It waited too long for its turn, and was not begun.
    case queuedTooLong
    /// The handler did not answer within `requestTimeout`; its task has been cancelled.
    case timedOut
    /// The server is shutting down, and has not begun this.
    case draining
    /// The server is shutting down, and did not wait longer for the handler, which had begun.
    case interrupted
    /// The handler's answer had a status or a header that must not be sent.
    case invalidResponse

    package var status: Int {
        switch self {
        case .badFraming, .badRequestTarget, .badAuthority: 400
        case .tooMany(.parameters, _): 400
        case .crossOrigin: 403
        case .tooSlow: 408
        case .targetTooLong: 414
        case .misdirected: 421
        case .headersTooLarge, .tooMany: 431
        case .bodyTooLarge: 413
        case .unsupportedVersion: 505
        case .overloaded, .queuedTooLong, .crowded, .draining: 503
        case .timedOut, .interrupted: 504
        case .invalidResponse: 500
        }
    }

    /// A word for the log and for counters: out of a closed set, whatever clients send.
    package var reason: String {
        switch self {
        case .badFraming(let fault): "framing:\(fault.rawValue)"
        case .badRequestTarget: "bad_target"
        case .badAuthority: "bad_authority"
        case .misdirected: "misdirected"
        case .crossOrigin: "cross_origin"
        case .unsupportedVersion: "unsupported_version"
        case .targetTooLong: "target_too_long"
        case .headersTooLarge: "headers_too_large"
        case .tooMany(let part, _): "too_many:\(part.rawValue)"
        case .bodyTooLarge: "body_too_large"
        case .tooSlow: "too_slow"
        case .crowded: "crowded"
        case .overloaded: "overloaded"
        case .queuedTooLong: "queued_too_long"
        case .timedOut: "timed_out"
        case .draining: "draining"
        case .interrupted: "interrupted"
        case .invalidResponse: "invalid_response"
        }
    }

    package var plainText: HTTPResponse {
        let headers = status == 503 ? [("Retry-After", "1")] : []
        return HTTPResponse(
            status: status,
            contentType: "text/plain; charset=utf-8",
            body: Array("\(self)\n".utf8),
            headers: headers
        )
    }
}

/// What a head may have only so many of.
package enum HeadPart: String, Sendable, Equatable {
    case parameters, fields, cookies
}

/// What is wrong with the framing of a request (RFC 9112 §3.2, §6, §7.1, §11.2).
package enum FramingFault: String, Sendable, Equatable, CaseIterable {
    case repeatedContentLength
    /// Not digits, or nothing.
    case invalidContentLength
    case contentLengthWithTransferEncoding
    /// Anything but one `chunked`, and any at all in HTTP/1.0.
    case unsupportedTransferEncoding
    case missingHost
    case repeatedHost
    case invalidMethod
    case invalidFieldName
    case invalidFieldValue
    /// NUL, bare LF, folded line, stray blank: the head is not made of exactly the pieces it parses into.
    case malformedHead
    /// A chunk's size, its end or the trailer is not exactly as it must be.
    case malformedChunk
}
