// Why there is no response. No case carries a URL, a header value or a text of libcurl: those may hold secrets.

package enum HTTPClientError: Error, Equatable {
    /// Not an absolute `http` or `https` URL of printable ASCII without user information.
    case malformedURL
    /// A header that would break the request: its name is no token, or its value has a control character.
    case malformedHeader(name: String)
    /// User name or password cannot be sent (a colon in the name, or a NUL).
    case malformedCredentials
    /// The name of the host has no address.
    case cannotResolve
    /// Nobody accepted the connection.
    case cannotConnect
    /// No trusted TLS connection: certificate, name or protocol.
    case tls
    /// The time of the server's certificate is over.
    case certificateExpired
    /// The response did not end in the request's time, or stood still for longer than it may.
    case timedOut
    /// The body or the headers exceed the limit in bytes.
    case tooLarge(limit: Int)
    /// The other side closed the connection; whether it did what was asked is unknown.
    case connectionLost
    /// What came back is not HTTP.
    case malformedResponse
    /// The calling task was cancelled; whether the other side did what was asked is unknown.
    case cancelled
    /// As many requests were under way as are allowed; nothing was sent.
    case overloaded
    /// Another libcurl error, by its number.
    case other(code: Int)

    /// Whether the request certainly never reached the other side, so that repeating it is safe.
    package var wasNeverSent: Bool {
        switch self {
        case .malformedURL, .malformedHeader, .malformedCredentials, .cannotResolve, .cannotConnect, .tls,
            .certificateExpired, .overloaded:
            true
        case .timedOut, .tooLarge, .connectionLost, .malformedResponse, .cancelled, .other: false
        }
    }
}
