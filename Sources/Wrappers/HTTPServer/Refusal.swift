// Why the server itself answers instead of the handler. The application renders it (problem+json, its own codes);
// `plainText` is the fallback. What libmicrohttpd refuses before it asks us (a request line or chunk it cannot parse, a
// Content-Length that is no number, more header than its pool holds) it answers with a page of its own, and closes.

package enum Refusal: Sendable, Equatable {
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
    case headersTooLarge(limit: Int)
    case bodyTooLarge(limit: Int)
    /// As many requests are in hand as the configuration allows.
    case overloaded
    /// The handler did not answer within `requestTimeout`; its task has been cancelled.
    case timedOut
    /// The server is shutting down.
    case draining
    /// The handler's answer had a status or a header that must not be sent.
    case invalidResponse

    package var status: Int {
        switch self {
        case .badFraming, .badRequestTarget, .badAuthority: 400
        case .crossOrigin: 403
        case .misdirected: 421
        case .headersTooLarge: 431
        case .bodyTooLarge: 413
        case .overloaded, .draining: 503
        case .timedOut: 504
        case .invalidResponse: 500
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

/// What is wrong with the head of a request (RFC 9112 §3.2, §6, §11.2).
package enum FramingFault: String, Sendable, Equatable, CaseIterable {
    case repeatedContentLength
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
}
