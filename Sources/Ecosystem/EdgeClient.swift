// A REST client of the ecosystem, as small as the demo and the tests need it: JSON in, JSON out, a token or an API key.

public import Bus
import Foundation
package import HTTPClient

/// A client of one origin of the gateway. A value: `with(token:)` makes another one over the same connections.
public struct EdgeClient: Sendable {
    /// `http://127.0.0.1:8002`, without a slash at the end.
    public let origin: String
    /// Sent as `Authorization: Bearer …`.
    public var token: String?
    /// Sent as `X-API-Key`.
    public var apiKey: String?
    private let http: HTTPClient

    /// What came back, whatever its status.
    public struct Answer: Sendable {
        /// The HTTP status, 200 to 599.
        public let status: Int
        /// The body as it came.
        public let body: [UInt8]
        /// The header fields in the order in which they came.
        public let headers: [(name: String, value: String)]

        /// The body as JSON; `.null` where it is something else.
        public var json: JSONValue { (try? JSONDecoder().decode(JSONValue.self, from: Data(body))) ?? .null }
        /// The body as a text.
        public var text: String { String(decoding: body, as: UTF8.self) }
        /// The first field of that name, whatever its case.
        public func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
        /// The request's trace, as `fountain explain` takes it.
        public var trace: String? {
            let parts = header("traceparent")?.split(separator: "-") ?? []
            return parts.count > 1 ? String(parts[1]) : nil
        }
        /// A member of the body; `.null` where there is none.
        public subscript(_ key: String) -> JSONValue { json[key] }
    }

    /// A client with connections of its own.
    ///
    /// - Parameters:
    ///   - origin: `https://localhost`, without a slash at the end.
    ///   - token: Sent with each request; see `with(token:)`.
    ///   - authorityFile: A PEM file of authorities that are trusted besides the system's, as a Caddy of one's own makes one:
    ///     `…/caddy/pki/authorities/local/root.crt`.
    public init(origin: String, token: String? = nil, authorityFile: String? = nil) {
        var configuration = HTTPClient.Configuration()
        configuration.authorityFile = authorityFile
        self.init(origin: origin, token: token, http: HTTPClient(configuration))
    }

    package init(origin: String, token: String? = nil, http: HTTPClient) {
        self.origin = origin
        self.token = token
        self.http = http
    }

    /// The same client with a token.
    public func with(token: String) -> EdgeClient {
        var copy = self
        copy.token = token
        return copy
    }

    /// Asks for a path, which begins with a slash and may have a query.
    ///
    /// - Throws: Where there was no answer within thirty seconds, or no connection.
    public func get(_ path: String, headers: [(String, String)] = []) async throws -> Answer {
        try await send(.get, path, headers: headers)
    }

    /// Deletes what is at a path.
    ///
    /// - Throws: As `get`.
    public func delete(_ path: String, headers: [(String, String)] = []) async throws -> Answer {
        try await send(.delete, path, headers: headers)
    }

    /// Posts JSON to a path.
    ///
    /// - Throws: As `get`.
    public func post(
        _ path: String,
        _ body: JSONValue = .object([:]),
        headers: [(String, String)] = []
    ) async throws -> Answer {
        try await send(.post, path, [UInt8](JSONEncoder().encode(body)), headers: headers)
    }

    /// Posts bytes of any type to a path: a screenplay, lines of JSON, or what is none.
    ///
    /// - Throws: As `get`.
    public func post(
        _ path: String,
        bytes: [UInt8],
        as type: String,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        try await send(.post, path, bytes, headers: headers + [("Content-Type", type)])
    }

    /// Puts JSON at a path.
    ///
    /// - Throws: As `get`.
    public func put(
        _ path: String,
        _ body: JSONValue = .object([:]),
        headers: [(String, String)] = []
    ) async throws -> Answer {
        try await send(.put, path, [UInt8](JSONEncoder().encode(body)), headers: headers)
    }

    /// Sends a request of any method.
    ///
    /// - Parameters:
    ///   - method: `GET`, `HEAD`, `POST`, `PUT`, `PATCH` or `DELETE`.
    ///   - path: Begins with a slash and may have a query.
    ///   - body: JSON where `headers` has no `Content-Type`; nil sends none, and a `HEAD` never has one.
    ///   - headers: Beside those of the client's token and API key.
    /// - Returns: What came back, whatever its status.
    /// - Throws: `Failure` with `invalid_request` for another method; otherwise as `get`.
    public func send(
        _ method: String,
        _ path: String,
        _ body: [UInt8]? = nil,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        guard let known = OutboundRequest.Method(rawValue: method) else {
            let names = OutboundRequest.Method.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(.invalidRequest, "\"\(method)\" is not a method that can be sent; these are: \(names).")
        }
        return try await send(known, path, body, headers: headers)
    }

    package func send(
        _ method: OutboundRequest.Method,
        _ path: String,
        _ body: [UInt8]? = nil,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        var all = headers
        if let token { all.append(("Authorization", "Bearer \(token)")) }
        if let apiKey { all.append(("X-API-Key", apiKey)) }
        if body != nil && !all.contains(where: { $0.0 == "Content-Type" }) {
            all.append(("Content-Type", "application/json"))
        }
        // What has a body, an empty one too, is a POST to libcurl.
        let sent = method == .head ? nil : body ?? []
        let request = OutboundRequest(method, origin + path, headers: all, body: sent, timeout: .seconds(30))
        let answer = try await http.send(request)
        let whole = Answer(status: answer.status, body: answer.body, headers: answer.headers.map { ($0.0, $0.1) })
        if let witness = AnswerWitness.current, let trace = whole.trace {
            let line = "\(method.rawValue) \(path)"
            witness.note(AnswerWitness.Answer(origin: origin, request: line, status: whole.status, trace: trace))
        }
        return whole
    }
}
