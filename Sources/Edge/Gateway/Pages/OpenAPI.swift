// The mounted operations as one OpenAPI 3.1 document. Pure: descriptions in, JSON out; nothing is said twice anywhere.
//
//     schemas that are sent ──> SchemaNames ──> components/schemas, each type once
//     paths ──whatever several of them say──> OpenAPIComponents ──> components/parameters, responses, headers

internal import Bus

enum OpenAPI {
    static func document(_ operations: [MountedOperation], _ topics: [MountedTopic] = []) -> [UInt8] {
        let schemas = operations.flatMap(schemas) + topics.map(\.description.payload) + OpenAPIPages.schemas
        var components = OpenAPIComponents(SchemaNames(schemas))
        let paths = paths(operations, &components).merging(OpenAPIEvents.paths(topics, &components)) { own, _ in own }
        let document: JSONValue = .object([
            "openapi": .string("3.1.0"),
            "info": info,
            "servers": .array([.object(["url": .string("/")])]),
            "tags": .array(tags(operations)),
            "paths": .object(paths),
            "components": components.value,
        ])
        return (try? PayloadCoding.encode(document)) ?? []
    }

    private static let info: JSONValue = .object([
        "title": .string("FountainAI"),
        "version": .string("1"),
        "description": .string("Every operation that the services on the bus offer at this origin."),
    ])

    /// All that an operation sends and answers.
    private static func schemas(of mounted: MountedOperation) -> [JSONSchema] {
        let operation = mounted.description
        let parameters = operation.input.properties.map { Array($0.values) } ?? []
        let lines = [OpenAPILines.line(in: operation), OpenAPILines.line(out: operation)].compactMap(\.self)
        return [OpenAPIParameters.bodySchema(of: mounted), answer(of: operation)].compactMap(\.self) + parameters
            + lines
    }

    /// The schema of a success, which always has a name.
    static func answer(of operation: OperationDescription) -> JSONSchema? {
        operation.output.map { output in
            var output = output
            if output.properties != nil { output.title = output.title ?? SchemaNames.title(operation.name, "Answer") }
            return output
        }
    }

    private static func tags(_ operations: [MountedOperation]) -> [JSONValue] {
        var seen: Set<String> = []
        let services = operations.map(\.service).filter { seen.insert($0).inserted }
        return (services + ["gateway"]).map { .object(["name": .string($0)]) }
    }

    private static func paths(
        _ operations: [MountedOperation],
        _ components: inout OpenAPIComponents
    ) -> [String: JSONValue] {
        var paths: [String: [String: JSONValue]] = [:]
        for operation in operations {
            let entry = entry(operation, among: operations, &components)
            paths[operation.route, default: [:]][operation.method.lowercased()] = entry
        }
        let pages = OpenAPIPages.paths(except: Set(paths.keys), &components)
        return paths.mapValues { .object($0) }.merging(pages) { own, _ in own }
    }

    private static func entry(
        _ mounted: MountedOperation,
        among operations: [MountedOperation],
        _ components: inout OpenAPIComponents
    ) -> JSONValue {
        let description = mounted.description
        let links = OpenAPILinks.of(mounted, among: operations)
        var entry: [String: JSONValue] = [
            "operationId": .string(description.name),
            "summary": .string(description.summary),
            "tags": .array([.string(mounted.service)]),
            "responses": .object(OpenAPIResponses.of(description, links: links, &components)),
        ]
        let parameters = OpenAPIParameters.of(mounted, &components)
        if !parameters.isEmpty { entry["parameters"] = .array(parameters) }
        if let body = OpenAPIParameters.body(of: mounted, components.names) { entry["requestBody"] = body }
        if description.stepUp != .never { entry["x-step-up"] = .string(description.stepUp.rawValue) }
        if description.access != .public { entry["security"] = description.access.isOpen ? voluntary : security }
        if case .role(let role) = description.access { entry["description"] = .string("Needs the role `\(role)`.") }
        return .object(entry)
    }

    static let security: JSONValue = .array([
        .object(["bearer": .array([])]), .object(["apiKey": .array([])]),
    ])

    /// With or without.
    private static let voluntary: JSONValue = .array([.object([:]), .object(["bearer": .array([])])])

    /// A schema as it stands in the document, in full.
    static func schema(_ schema: JSONSchema) -> JSONValue {
        guard let bytes = try? PayloadCoding.encode(schema), let value = try? JSONReader.read(bytes) else {
            return .object([:])
        }
        return value
    }
}
