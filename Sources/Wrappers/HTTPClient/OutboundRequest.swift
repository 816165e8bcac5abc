// A request to another server, as a value. `HTTPClient` checks it before anything is sent.

/// User name and password for HTTP basic authentication or SMTP; printed without the password.
package struct Credentials: Sendable, Equatable {
    package let user: String
    package let password: String

    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }
}

extension Credentials: CustomStringConvertible, CustomReflectable {
    package var description: String { "<credentials>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

package struct OutboundRequest: Sendable {
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    package var method: Method
    /// Absolute, percent-encoded; credentials go into `basicAuthentication` or a header, never into the URL.
    package var url: String
    /// Sent in this order; `Content-Length` and `Host` are libcurl's.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?
    /// For everything from looking up the name to the last byte of the response.
    package var timeout: Duration
    package var basicAuthentication: Credentials?
    /// False opens a connection of its own. On a reused connection that turns out dead libcurl sends the request again;
    /// where "again" may mean twice (an SMS), ask for a fresh one.
    package var mayReuseConnection = true
    /// Asks for the server's certificate, which is shown where a connection begins: on a reused one there is none.
    package var wantsCertificate = false

    package init(
        _ method: Method,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        timeout: Duration = .seconds(10),
        basicAuthentication: Credentials? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.basicAuthentication = basicAuthentication
    }
}
