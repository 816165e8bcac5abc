// `X-Request-Id`: what a client, or a proxy before us, calls a request. Taken where it can stand in a log line, given back with the answer.

internal import HTTPServer

enum RequestID {
    static let longest = 128

    /// The client's own; nil where there is none, more than one, or one that is too long or not of letters, digits and `-._~:/+=@`.
    static func of(_ fields: HTTPFields) -> String? {
        let values = fields.all("X-Request-Id")
        guard values.count == 1, let id = values.first, (1...longest).contains(id.utf8.count) else { return nil }
        return id.utf8.allSatisfy { PathTemplate.isAlphanumeric($0) || "-._~:/+=@".utf8.contains($0) } ? id : nil
    }
}
