// What the gateway answers itself. `/health` is on every port, the rest on the main origin.

enum OwnPage: String, CaseIterable, Sendable {
    case landing = "/"
    case health = "/health"
    case ready = "/ready"
    case openAPI = "/openapi.json"
    case docs = "/docs"
    case metrics = "/metrics"

    init?(path: String, at origin: String?) {
        guard let page = OwnPage(rawValue: path), origin == nil || page == .health else { return nil }
        self = page
    }
}
