// Everything that can be asked for at the edge, as one pure value: the gateway's own pages and, below its prefix, each service's routes.
//
// A service that the topology names but nobody has met yet has its prefix all the same: there the answer is "not now", not "not found".

internal import Bus
internal import Topology

struct RouteTable: Sendable {
    enum Resolution: Sendable {
        case page(OwnPage)
        /// A topic is to be followed.
        case events
        case operation(MountedOperation, [(name: String, text: String)])
        case options(allow: [String])
        case methodNotAllowed(allow: [String])
        /// The service of this prefix has not been met.
        case unmet(service: String)
        case notFound
    }

    struct ServiceRoutes: Sendable {
        let name: String
        let prefix: String
        /// Nil until the service has been met.
        var router: Router?
    }

    private(set) var services: [ServiceRoutes]
    private var byPrefix: [String: Int] = [:]

    init(_ services: [Topology.Service]) {
        self.services = services.map { ServiceRoutes(name: $0.name, prefix: $0.prefix) }
        for (index, service) in services.enumerated() { byPrefix[String(service.prefix.dropFirst())] = index }
    }

    var unmet: [String] { services.filter { $0.router == nil }.map(\.name) }

    /// The mounted operations in the order of the topology, then of their names.
    var operations: [MountedOperation] { services.flatMap { $0.router?.operations ?? [] } }

    /// Replaces the routes of a service by those it now describes.
    ///
    /// - Returns: A line for each operation that was refused.
    mutating func mount(_ descriptions: [OperationDescription], of service: String) -> [String] {
        guard let index = services.firstIndex(where: { $0.name == service }) else { return [] }
        var router = Router()
        var refused: [String] = []
        for description in descriptions {
            do {
                try router.insert(MountedOperation(description, of: service, prefix: services[index].prefix))
            } catch MountedOperation.Flaw.notForTheEdge {
                continue
            } catch {
                refused.append("\(description.name.prefix(128)): \(error)")
            }
        }
        services[index].router = router
        return refused
    }

    /// What a request is for.
    ///
    /// - Parameters:
    ///   - method: As received.
    ///   - path: As received, percent-encoded.
    ///   - origin: The service whose own port this is; nil for the main origin.
    /// - Returns: A page, an operation with its path parameters, or why there is neither.
    func resolve(_ method: String, _ path: String, at origin: String? = nil) -> Resolution {
        if path == "*", method == "OPTIONS" {
            return .options(allow: ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
        }
        let own = Self.own(path)
        if let own, origin == nil || path == OwnPage.health.rawValue { return Self.resolve(method, own) }
        guard let segments = PathSegments.split(path) else { return .notFound }
        if let origin {
            guard let service = services.first(where: { $0.name == origin }) else { return .notFound }
            // Its own routes come before our pages: they were here first under its prefix.
            let routes = resolve(method, segments[...], in: service)
            guard let own else { return routes }
            switch routes {
            case .notFound, .unmet: return Self.resolve(method, own)
            default: return routes
            }
        }
        guard let prefix = segments.first, let index = byPrefix[prefix] else { return .notFound }
        return resolve(method, segments.dropFirst(), in: services[index])
    }

    static let eventsPath = "/events"

    /// What the gateway answers itself.
    private static func own(_ path: String) -> Resolution? {
        path == eventsPath ? .events : OwnPage(path: path).map { .page($0) }
    }

    private static func resolve(_ method: String, _ own: Resolution) -> Resolution {
        switch method {
        case "GET", "HEAD": own
        case "OPTIONS": .options(allow: ["GET", "HEAD", "OPTIONS"])
        default: .methodNotAllowed(allow: ["GET", "HEAD", "OPTIONS"])
        }
    }

    private func resolve(_ method: String, _ segments: ArraySlice<String>, in service: ServiceRoutes) -> Resolution {
        guard let router = service.router else { return .unmet(service: service.name) }
        let rest = segments == [""] ? [] : segments
        let matches = Self.meant(router.matches(rest))
        if matches.isEmpty { return .notFound }
        if let match = matches[method] ?? (method == "HEAD" ? matches["GET"] : nil) {
            let named = zip(match.mounted.template.parameters, match.values).map { (name: $0, text: $1) }
            return .operation(match.mounted, named)
        }
        let allow = Self.allow(matches.keys)
        return method == "OPTIONS" ? .options(allow: allow) : .methodNotAllowed(allow: allow)
    }

    /// The path that says most of it in so many words is the one that was meant (OpenAPI 3.1, "Path Templating Matching"): `DELETE /documents/{id}` is
    /// not at `/documents/parked`, which others have.
    private static func meant(_ matches: [String: Router.Match]) -> [String: Router.Match] {
        guard let fewest = matches.values.map(\.values.count).min() else { return matches }
        return matches.filter { $0.value.values.count == fewest }
    }

    private static func allow(_ methods: some Sequence<String>) -> [String] {
        var allow = methods.sorted()
        if let get = allow.firstIndex(where: { $0 == "GET" }) { allow.insert("HEAD", at: get + 1) }
        return allow + ["OPTIONS"]
    }
}
