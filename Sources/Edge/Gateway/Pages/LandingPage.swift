// `/`: says what is here.

enum LandingPage {
    static func html(_ table: RouteTable, at origin: String?) -> [UInt8] {
        let services = table.services.filter { origin == nil || $0.name == origin }.map { service in
            let state = service.router.map { "\($0.operations.count) operations" } ?? "not there yet"
            return "<li><code>\(HTML.escape(service.prefix))</code> \(state)</li>"
        }
        return HTML.page(
            title: "FountainAI",
            """
            <h1>FountainAI</h1>
            <p>The gateway of the ecosystem. One HTTP request here is one call on the bus.</p>
            <ul>
            <li><a href="/docs">Documentation</a> of every operation</li>
            <li><a href="/openapi.json">OpenAPI 3.1</a>, the same for programs</li>
            <li><a href="/postman.json">Postman collection</a>, the same to be tried</li>
            <li><a href="/problems">Errors</a> and what they mean</li>
            <li><a href="/health">Health</a>, <a href="/ready">readiness</a>, <a href="/metrics">metrics</a></li>
            </ul>
            <h2>Services</h2>
            <ul>
            \(services.joined(separator: "\n"))
            </ul>
            """
        )
    }
}
