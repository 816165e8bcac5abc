// What a request shows of who it is: a bearer token, an API key, or nothing. Both at once is an error: whose rights would it have?
// It is never printed: its text is what its `description` says.

internal import Bus
internal import HTTPServer

enum Credentials: Sendable, CustomStringConvertible {
    case none
    case bearer(String)
    case apiKey(String)

    var description: String {
        switch self {
        case .none: "none"
        case .bearer: "bearer token"
        case .apiKey: "API key"
        }
    }

    /// - Throws: `invalid_request` for more than one credential, `unauthenticated` for a scheme other than Bearer.
    static func read(_ headers: HTTPFields) throws(Refused) -> Credentials {
        let authorization = headers.all("Authorization")
        let keys = headers.all("X-API-Key")
        guard authorization.count + keys.count <= 1 else {
            throw Refused(Failure(.invalidRequest, "Send one of Authorization and X-API-Key, and that once."))
        }
        if let key = keys.first { return .apiKey(try apiKey(key)) }
        guard let value = authorization.first else { return .none }
        let parts = value.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1).map(Substring.init)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw .invalidToken("Send the token as `Authorization: Bearer …`.")
        }
        return .bearer(String(parts[1]))
    }

    private static func apiKey(_ text: String) throws(Refused) -> String {
        guard (1...256).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalidAPIKey
        }
        return text
    }
}
