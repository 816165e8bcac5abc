// The gateway's own pages as OpenAPI says them, where no operation has the path.

internal import Bus

enum OpenAPIPages {
    static func paths(except taken: Set<String>, _ components: inout OpenAPIComponents) -> [String: JSONValue] {
        var paths: [String: JSONValue] = [:]
        for page in OwnPage.allCases where !taken.contains(page.rawValue) {
            paths[page.rawValue] = .object(["get": entry(page, &components)])
        }
        return paths
    }

    /// What pages answer, and what everything answers that goes wrong.
    static var schemas: [JSONSchema] { [ProblemDetails.schema] + OwnPage.allCases.map(\.schema) }

    private static func entry(_ page: OwnPage, _ components: inout OpenAPIComponents) -> JSONValue {
        var entry: [String: JSONValue] = [
            "operationId": .string("gateway.\(page)"), "summary": .string(page.summary),
            "tags": .array([.string("gateway")]),
            "security": .array([]), "responses": .object(responses(of: page, &components)),
        ]
        if page == .problem { entry["parameters"] = .array([components.parameter("CodeInPath", code)]) }
        return .object(entry)
    }

    private static func responses(of page: OwnPage, _ components: inout OpenAPIComponents) -> [String: JSONValue] {
        let content: JSONValue = .object([page.contentType: .object(["schema": components.names.value(page.schema)])])
        var responses: [String: JSONValue] = [
            "200": .object([
                "description": .string(page.summary), "content": content,
                "headers": .object(OpenAPIHeaders.references(OpenAPIHeaders.always)),
            ]),
            "default": OpenAPIResponses.problem("Anything else that goes wrong", as: "Problem", &components),
        ]
        switch page {
        case .ready:
            let told = "Some service is missing; `errors` names it"
            responses["503"] = OpenAPIResponses.problem(told, as: "NotReady", of: 503, &components)
        case .gatewayReady:
            let told = "It is about to end, or has not met the services yet"
            responses["503"] = OpenAPIResponses.problem(told, as: "NotToBeSent", of: 503, &components)
        case .problem:
            let told = "No error has this code"
            responses["404"] = OpenAPIResponses.problem(told, as: "NoSuchCode", of: 404, &components)
        default: break
        }
        return responses
    }

    private static let code: JSONValue = .object([
        "name": .string("code"), "in": .string("path"), "required": .bool(true),
        "schema": .object(["type": .string("string"), "pattern": .string("^[a-z0-9_]+$")]),
    ])
}

extension OwnPage {
    /// What it answers when all is well.
    var schema: JSONSchema {
        switch self {
        case .health: Self.status("Health", "healthy")
        case .ready: Readiness.schema
        case .gatewayReady: Self.status("GatewayReadiness", "ready")
        case .openAPI, .postman: JSONSchema(.object)
        case .landing, .docs, .script, .style, .problems, .problem, .metrics: .string()
        }
    }

    private static func status(_ title: String, _ word: String) -> JSONSchema {
        var schema = JSONSchema(.object)
        schema.title = title
        var words = JSONSchema.string(oneOf: [word])
        words.title = title + "Status"
        schema.properties = ["status": words]
        schema.required = ["status"]
        schema.additionalProperties = false
        return schema
    }

    /// In a few words, for `/openapi.json`.
    var summary: String {
        switch self {
        case .landing: "What is here"
        case .health: "Whether the gateway lives"
        case .ready: "Whether every service answers, and which replicas"
        case .gatewayReady: "Whether this gateway is to be sent requests, among others that could be"
        case .openAPI: "The operations, as OpenAPI 3.1"
        case .docs: "The operations, for people, to be tried"
        case .script: "What makes the operations of /docs ones that can be tried"
        case .style: "The style of the pages"
        case .metrics: "Numbers, as Prometheus text"
        case .postman: "The operations, as a Postman collection"
        case .problems: "All errors"
        case .problem: "What an error means"
        }
    }

    var contentType: String {
        switch self {
        case .landing, .docs, .problems, .problem: "text/html"
        case .health, .ready, .gatewayReady, .openAPI, .postman: "application/json"
        case .metrics: "text/plain"
        case .script: "text/javascript"
        case .style: "text/css"
        }
    }
}
