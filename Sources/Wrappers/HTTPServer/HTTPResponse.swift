// One whole answer, or the beginning of one whose body comes to be while it is sent. Framing is the server's: `Content-Length`, `Transfer-Encoding` and `Connection` given here are left
// out, as are fields with an empty value (libmicrohttpd cannot send them); `Date` is added.

package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: [(String, String)]
    package var body: [UInt8]
    /// The body instead of `body`. It is the last answer on its connection.
    package var stream: BodyStream?

    package init(status: Int, headers: [(String, String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer with a content type, `body` sent as it is.
    package init(status: Int = 200, contentType: String, body: [UInt8], headers: [(String, String)] = []) {
        self.init(status: status, headers: [("Content-Type", contentType)] + headers, body: body)
    }

    package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    package static let noContent = HTTPResponse(status: 204)
}

extension HTTPResponse {
    private static let serverOwned = ["Content-Length", "Transfer-Encoding", "Connection"]

    /// The fields that go on the wire as they are.
    var sendableHeaders: [(String, String)] {
        headers.filter { field in
            !field.1.isEmpty && !HTTPResponse.serverOwned.contains { HTTPFields.isSame($0, field.0) }
        }
    }

    /// Whether this can be sent without putting words into the protocol's mouth: a final status, names that are tokens,
    /// values without CR, LF, NUL or other controls.
    var isSendable: Bool {
        (200...599).contains(status) && headers.allSatisfy { Grammar.isToken($0.0) && Grammar.isFieldValue($0.1) }
    }
}
