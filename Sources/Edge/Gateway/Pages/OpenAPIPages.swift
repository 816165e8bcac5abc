// The gateway's own pages as OpenAPI says them, where no operation has the path.

internal import Bus

enum OpenAPIPages {
    static func paths(except taken: Set<String>) -> [String: JSONValue] {
        let pages = OwnPage.allCases.filter { !taken.contains($0.rawValue) }
        return Dictionary(uniqueKeysWithValues: pages.map { ($0.rawValue, .object(["get": entry($0)])) })
    }

    private static func entry(_ page: OwnPage) -> JSONValue {
        var entry: [String: JSONValue] = [
            "operationId": .string("gateway.\(page)"), "summary": .string(page.summary),
            "tags": .array([.string("gateway")]),
            "security": .array([]), "responses": .object(responses(of: page)),
        ]
        if page == .problem { entry["parameters"] = .array([code]) }
        return .object(entry)
    }

    private static func responses(of page: OwnPage) -> [String: JSONValue] {
        var responses: [String: JSONValue] = [
            "200": .object([
                "description": .string(page.summary), "content": .object([page.contentType: .object([:])]),
            ]),
            "default": OpenAPIResponses.problem("Anything that goes wrong"),
        ]
        if page == .ready { responses["503"] = OpenAPIResponses.problem("Some service is missing; `errors` names it") }
        if page == .problem { responses["404"] = OpenAPIResponses.problem("No error has this code") }
        return responses
    }

    private static let code: JSONValue = .object([
        "name": .string("code"), "in": .string("path"), "required": .bool(true),
        "schema": .object(["type": .string("string"), "pattern": .string("^[a-z0-9_]+$")]),
    ])
}

extension OwnPage {
    /// In a few words, for `/openapi.json`.
    var summary: String {
        switch self {
        case .landing: "What is here"
        case .health: "Whether the gateway lives"
        case .ready: "Whether every service answers"
        case .openAPI: "The operations, as OpenAPI 3.1"
        case .docs: "The operations, for people"
        case .metrics: "Numbers, as Prometheus text"
        case .postman: "The operations, as a Postman collection"
        case .problems: "All errors"
        case .problem: "What an error means"
        }
    }

    var contentType: String {
        switch self {
        case .landing, .docs, .problems, .problem: "text/html"
        case .health, .ready, .openAPI, .postman: "application/json"
        case .metrics: "text/plain"
        }
    }
}
