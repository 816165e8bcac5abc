// Where each field of an operation's input comes from, as OpenAPI says it: path, query, or body.

internal import Bus

enum OpenAPIParameters {
    static func of(_ mounted: MountedOperation, _ components: inout OpenAPIComponents) -> [JSONValue] {
        let properties = mounted.description.input.properties ?? [:]
        var parameters: [JSONValue] = []
        for name in mounted.template.parameters {
            parameters.append(parameter(name, "path", isRequired: true, properties[name] ?? .any, &components))
        }
        for (name, schema, isRequired) in query(of: mounted) {
            parameters.append(parameter(name, "query", isRequired: isRequired, schema, &components))
        }
        return parameters + OpenAPIHeaders.parameters(of: mounted.description, &components)
            + OpenAPILines.parameters(of: mounted.description, components.names)
    }

    /// What the query may have, by name.
    static func query(of mounted: MountedOperation) -> [(name: String, schema: JSONSchema, isRequired: Bool)] {
        guard takesQuery(mounted) else { return [] }
        let (input, inPath) = (mounted.description.input, mounted.template.parameters)
        let required = Set(input.required ?? [])
        return (input.properties ?? [:]).sorted { $0.key < $1.key }.filter { !inPath.contains($0.key) }
            .map { ($0.key, $0.value, required.contains($0.key)) }
    }

    /// The request body, where there is one.
    static func body(of mounted: MountedOperation, _ names: SchemaNames) -> JSONValue? {
        guard let schema = bodySchema(of: mounted) else { return nil }
        let content: [String: JSONValue] = [
            "application/json": .object(["schema": names.value(schema), "example": SchemaExample.of(schema)])
        ]
        let lines = OpenAPILines.content(OpenAPILines.line(in: mounted.description), names)
        return .object([
            "required": .bool(schema.required?.isEmpty == false),
            "content": .object(content.merging(lines) { $1 }),
        ])
    }

    /// The input without what the path gives; nil where nothing is left. It always has a name, and its own where something is gone.
    static func bodySchema(of mounted: MountedOperation) -> JSONSchema? {
        guard !takesQuery(mounted) else { return nil }
        var schema = mounted.description.input
        for name in mounted.template.parameters { schema.properties?[name] = nil }
        schema.required?.removeAll(where: mounted.template.parameters.contains)
        guard schema.properties?.isEmpty != true, schema != .any else { return nil }
        guard schema.properties != nil else { return schema }
        let own = schema.title ?? SchemaNames.title(mounted.description.name, "")
        schema.title = mounted.template.parameters.isEmpty && schema.title != nil ? own : own + "Body"
        return schema
    }

    private static func takesQuery(_ mounted: MountedOperation) -> Bool { ["GET", "DELETE"].contains(mounted.method) }

    private static func parameter(
        _ name: String,
        _ place: String,
        isRequired: Bool,
        _ schema: JSONSchema,
        _ components: inout OpenAPIComponents
    ) -> JSONValue {
        var schema = schema
        // Text has no null; a parameter that is not there is left out.
        schema.kinds.removeAll { $0 == .null }
        let parameter: JSONValue = .object([
            "name": .string(name), "in": .string(place), "required": .bool(isRequired),
            "schema": components.names.value(schema),
        ])
        return components.parameter(SchemaNames.title(name, "In") + SchemaNames.title(place, ""), parameter)
    }
}
