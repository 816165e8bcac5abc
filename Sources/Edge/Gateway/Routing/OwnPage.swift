// What the gateway answers itself, at every origin.

enum OwnPage: String, CaseIterable, Sendable {
    case landing = "/"
    case health = "/health"
    case ready = "/ready"
    case openAPI = "/openapi.json"
    case docs = "/docs"
    case metrics = "/metrics"
}
