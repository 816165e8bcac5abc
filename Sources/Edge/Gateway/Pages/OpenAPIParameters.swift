// Where each field of an operation's input comes from, as OpenAPI says it: path, query, or body.

internal import Bus

enum OpenAPIParameters {
    static func of(_ mounted: MountedOperation) -> [JSONValue] {
        let properties = mounted.description.input.properties ?? [:]
        let inPath = mounted.template.parameters
        var parameters = inPath.map { parameter($0, "path", isRequired: true, properties[$0] ?? .any) }
        parameters += query(of: mounted).map { parameter($0.name, "query", isRequired: $0.isRequired, $0.schema) }
        if !mounted.description.isIdempotent { parameters.append(idempotencyKey) }
        return parameters + OpenAPIHeaders.parameters(of: mounted.description)
            + OpenAPILines.parameters(of: mounted.description)
    }

    /// What the query may have, by name.
    static func query(of mounted: MountedOperation) -> [(name: String, schema: JSONSchema, isRequired: Bool)] {
        guard takesQuery(mounted) else { return [] }
        let (input, inPath) = (mounted.description.input, mounted.template.parameters)
        return (input.properties ?? [:]).sorted { $0.key < $1.key }.filter { !inPath.contains($0.key) }
            .map { ($0.key, $0.value, input.required?.contains($0.key) == true) }
    }

    /// The request body, where there is one.
    static func body(of mounted: MountedOperation) -> JSONValue? {
        guard let schema = bodySchema(of: mounted) else { return nil }
        let content: [String: JSONValue] = ["application/json": .object(["schema": OpenAPI.input(schema)])]
        return .object([
            "required": .bool(schema.required?.isEmpty == false),
            "content": .object(content.merging(OpenAPILines.body(of: mounted.description)) { $1 }),
        ])
    }

    /// The input without what the path gives; nil where nothing is left.
    static func bodySchema(of mounted: MountedOperation) -> JSONSchema? {
        guard !takesQuery(mounted) else { return nil }
        var schema = mounted.description.input
        for name in mounted.template.parameters { schema.properties?[name] = nil }
        schema.required?.removeAll(where: mounted.template.parameters.contains)
        return schema.properties?.isEmpty == true || schema == .any ? nil : schema
    }

    private static func takesQuery(_ mounted: MountedOperation) -> Bool { ["GET", "DELETE"].contains(mounted.method) }

    private static func parameter(_ name: String, _ place: String, isRequired: Bool, _ schema: JSONSchema) -> JSONValue
    {
        var schema = schema
        // Text has no null; a parameter that is not there is left out.
        schema.kinds.removeAll { $0 == .null }
        return .object([
            "name": .string(name), "in": .string(place), "required": .bool(isRequired),
            "schema": OpenAPI.input(schema),
        ])
    }

    private static let idempotencyKey: JSONValue = .object([
        "name": .string("Idempotency-Key"),
        "in": .string("header"),
        "required": .bool(false),
        "description": .string("Makes it safe to send the request again."),
        "schema": .object([
            "type": .string("string"), "minLength": .integer(1), "maxLength": .integer(IdempotencyKey.longest),
            "pattern": .string(#"^[!#-~]+$"#),
        ]),
    ])
}
