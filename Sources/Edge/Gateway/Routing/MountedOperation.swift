// An operation that has a route at the edge. What a peer says of itself is checked here, once, when it is mounted.

internal import Bus

/// A class, and never changed, since every request takes it along: a copy of all that an operation says of itself is a hundred references.
final class MountedOperation: Sendable {
    enum Flaw: Error, Equatable {
        /// No route, or for peers only: nothing is wrong, it is just not for the edge.
        case notForTheEdge
        case name
        case method
        case path
        case success
        /// A parameter of the path that is no field of the input.
        case parameter(String)
        /// A member that shall be a header field, and is no field of the input or the output.
        case header(String)
        /// Lists that shall be lines, and are none.
        case lines
    }

    let description: OperationDescription
    let service: String
    let method: String
    let template: PathTemplate
    /// The service's prefix and the template: what logs, metrics and OpenAPI call the route.
    let route: String

    /// As it stands at its service's own origin.
    var withoutPrefix: MountedOperation { MountedOperation(self, route: template.text) }

    private init(_ other: MountedOperation, route: String) {
        (description, service, method, template) = (other.description, other.service, other.method, other.template)
        self.route = route
    }

    private static let methods: Set = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    /// - Throws: Why the operation cannot be mounted.
    init(_ description: OperationDescription, of service: String, prefix: String) throws(Flaw) {
        guard let route = description.route, description.access != .peer else { throw .notForTheEdge }
        guard Self.isName(description.name, of: service) else { throw .name }
        guard Self.methods.contains(route.method) else { throw .method }
        guard let template = PathTemplate(route.path) else { throw .path }
        guard (200...299).contains(description.success) else { throw .success }
        if let stray = template.parameters.first(where: { description.input.properties?[$0] == nil }) {
            throw .parameter(stray)
        }
        if let stray = Self.strayHeader(description) { throw .header(stray) }
        guard Self.hasLists(description) else { throw .lines }
        self.description = description
        self.service = service
        self.template = template
        method = route.method
        self.route = prefix + (template.segments.isEmpty ? "" : template.text)
    }

    private static func hasLists(_ description: OperationDescription) -> Bool {
        guard let lines = description.lines else { return true }
        return description.input.properties?[lines.input]?.kinds.contains(.array) == true
            && description.output?.properties?[lines.output]?.kinds.contains(.array) == true
    }

    private static func strayHeader(_ description: OperationDescription) -> String? {
        guard let headers = description.headers else { return nil }
        let taken = [headers.ifMatch, headers.reached].compactMap(\.self)
        if let stray = taken.first(where: { description.input.properties?[$0] == nil }) { return stray }
        let answered = (headers.etag ?? []) + [headers.offset].compactMap(\.self)
        if headers.etag?.isEmpty == true { return "etag" }
        return answered.first { description.output?.properties?[$0] == nil }
    }

    /// A service speaks for itself only: an operation of another's name would be called with that other's rights.
    private static func isName(_ name: String, of service: String) -> Bool {
        name.utf8.starts(with: "\(service).".utf8) && (service.utf8.count + 2...128).contains(name.utf8.count)
            && name.utf8.allSatisfy { PathTemplate.isAlphanumeric($0) || "._-".utf8.contains($0) }
    }
}
