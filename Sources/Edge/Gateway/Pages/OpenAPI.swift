// The mounted operations as one OpenAPI 3.1 document. Pure: descriptions in, JSON out; nothing is said twice anywhere.

internal import Bus

enum OpenAPI {
    static func document(_ operations: [MountedOperation]) -> [UInt8] {
        let document: JSONValue = .object([
            "openapi": .string("3.1.0"),
            "info": info,
            "servers": .array([.object(["url": .string("/")])]),
            "tags": .array(tags(operations)),
            "paths": .object(paths(operations)),
            "components": components,
        ])
        return (try? PayloadCoding.encode(document)) ?? []
    }

    private static let info: JSONValue = .object([
        "title": .string("FountainAI"),
        "version": .string("1"),
        "description": .string("Every operation that the services on the bus offer at this origin."),
    ])

    private static func tags(_ operations: [MountedOperation]) -> [JSONValue] {
        var seen: Set<String> = []
        return operations.filter { seen.insert($0.service).inserted }.map { .object(["name": .string($0.service)]) }
    }

    private static func paths(_ operations: [MountedOperation]) -> [String: JSONValue] {
        var paths: [String: [String: JSONValue]] = [:]
        for operation in operations {
            paths[operation.route, default: [:]][operation.method.lowercased()] = entry(operation)
        }
        return paths.mapValues { .object($0) }.merging(OpenAPIPages.paths(except: Set(paths.keys))) { own, _ in own }
    }

    private static func entry(_ mounted: MountedOperation) -> JSONValue {
        let description = mounted.description
        var entry: [String: JSONValue] = [
            "operationId": .string(description.name),
            "summary": .string(description.summary),
            "tags": .array([.string(mounted.service)]),
            "responses": .object(OpenAPIResponses.of(description)),
        ]
        let parameters = OpenAPIParameters.of(mounted)
        if !parameters.isEmpty { entry["parameters"] = .array(parameters) }
        if let body = OpenAPIParameters.body(of: mounted) { entry["requestBody"] = body }
        if description.stepUp != .never { entry["x-step-up"] = .string(description.stepUp.rawValue) }
        if description.access != .public { entry["security"] = description.access.isOpen ? voluntary : security }
        if case .role(let role) = description.access { entry["description"] = .string("Needs the role `\(role)`.") }
        return .object(entry)
    }

    private static let security: JSONValue = .array([
        .object(["bearer": .array([])]), .object(["apiKey": .array([])]),
    ])

    /// With or without.
    private static let voluntary: JSONValue = .array([.object([:]), .object(["bearer": .array([])])])

    private static let components: JSONValue = .object([
        "schemas": .object(["Problem": schema(.derived(from: ProblemDetails.self))]),
        "securitySchemes": .object([
            "bearer": .object([
                "type": .string("http"), "scheme": .string("bearer"), "bearerFormat": .string("JWT"),
            ]),
            "apiKey": .object(["type": .string("apiKey"), "in": .string("header"), "name": .string("X-API-Key")]),
        ]),
    ])

    /// A schema of what is sent: it says where our integers end, too.
    static func input(_ input: JSONSchema) -> JSONValue { schema(bounded(input)) }

    private static func bounded(_ schema: JSONSchema) -> JSONSchema {
        var schema = schema
        if schema.kinds.contains(.integer) {
            schema.minimum = schema.minimum ?? .min
            schema.maximum = schema.maximum ?? .max
        }
        schema.items = schema.items.map { Boxed(bounded($0.value)) }
        schema.properties = schema.properties?.mapValues(bounded)
        return schema
    }

    /// A schema as it stands in the document.
    static func schema(_ schema: JSONSchema) -> JSONValue {
        guard let bytes = try? PayloadCoding.encode(schema), let value = try? JSONReader.read(bytes) else {
            return .object([:])
        }
        return value
    }
}
