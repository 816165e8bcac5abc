// What the gateway answers itself, at every origin.

enum OwnPage: String, CaseIterable, Sendable {
    case landing = "/"
    case health = "/health"
    case ready = "/ready"
    /// For proxies in front of several gateways.
    case gatewayReady = "/ready/gateway"
    case openAPI = "/openapi.json"
    case docs = "/docs"
    case script = "/docs.js"
    case style = "/docs.css"
    case metrics = "/metrics"
    case postman = "/postman.json"
    case problems = "/problems"
    /// One for each code, under its name.
    case problem = "/problems/{code}"

    init?(path: String) {
        let isProblem = path.utf8.starts(with: "/problems/".utf8)
        guard let page = isProblem ? .problem : OwnPage(rawValue: path) else { return nil }
        self = page
    }
}
