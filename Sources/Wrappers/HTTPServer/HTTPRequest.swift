// One whole request, body included, as a value that outlives the connection it came on.

package struct HTTPRequest: Sendable {
    /// As received; methods are case-sensitive.
    package var method: String

    /// The path as received: percent-encoded, without the query, starting with `/` (or `*` for OPTIONS).
    package var path: String

    /// Whom it is for, as received: the target's authority where there is one (RFC 9112 §3.2.2), else the `Host` field; nil
    /// where HTTP/1.0 names nobody.
    package var authority: String?

    /// The query, percent-decoded, `+` as blank, in order. A parameter without `=` has the value "".
    package var query: [(name: String, value: String)]

    package var headers: HTTPFields

    package var body: [UInt8]

    /// The peer's address without port, `127.0.0.1`; behind a proxy that is the proxy.
    package var remoteAddress: String

    /// What the application found out from the head, so that it need not look twice.
    package var note: (any Sendable)?

    package init(
        method: String,
        path: String,
        authority: String? = nil,
        query: [(name: String, value: String)] = [],
        headers: HTTPFields = HTTPFields(),
        body: [UInt8] = [],
        remoteAddress: String = ""
    ) {
        self.method = method
        self.path = path
        self.authority = authority
        self.query = query
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
    }

    /// The value of the first query parameter of that name.
    package func queryValue(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}
