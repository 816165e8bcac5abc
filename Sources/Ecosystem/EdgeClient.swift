// A REST client of the ecosystem, as small as the demo and the tests need it: JSON in, JSON out, a token or an API key.

package import Bus
import Foundation
package import HTTPClient

package struct EdgeClient: Sendable {
    /// `http://127.0.0.1:8002`, without a slash at the end.
    package let origin: String
    package var token: String?
    package var apiKey: String?
    private let http: HTTPClient

    package struct Answer: Sendable {
        package let status: Int
        package let body: [UInt8]
        package let headers: [(name: String, value: String)]

        /// The body as JSON; `.null` where it is something else.
        package var json: JSONValue { (try? JSONDecoder().decode(JSONValue.self, from: Data(body))) ?? .null }
        package var text: String { String(decoding: body, as: UTF8.self) }
        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
        package subscript(_ key: String) -> JSONValue { json[key] }
    }

    package init(origin: String, token: String? = nil, http: HTTPClient) {
        self.origin = origin
        self.token = token
        self.http = http
    }

    /// The same client with a token.
    package func with(token: String) -> EdgeClient {
        var copy = self
        copy.token = token
        return copy
    }

    package func get(_ path: String) async throws -> Answer { try await send(.get, path) }
    package func delete(_ path: String) async throws -> Answer { try await send(.delete, path) }

    package func post(_ path: String, _ body: JSONValue = .object([:])) async throws -> Answer {
        try await send(.post, path, [UInt8](JSONEncoder().encode(body)))
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
        let request = OutboundRequest(method, origin + path, headers: all, body: body ?? [], timeout: .seconds(30))
        let answer = try await http.send(request)
        return Answer(status: answer.status, body: answer.body, headers: answer.headers.map { ($0.0, $0.1) })
    }
}

extension JSONValue {
    package subscript(_ key: String) -> JSONValue {
        if case .object(let fields) = self { return fields[key] ?? .null }
        return .null
    }

    package subscript(_ index: Int) -> JSONValue {
        if case .array(let items) = self, items.indices.contains(index) { return items[index] }
        return .null
    }

    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var integer: Int? { if case .integer(let number) = self { number } else { nil } }
    package var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
}
