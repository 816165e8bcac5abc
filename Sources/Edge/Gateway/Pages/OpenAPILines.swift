// JSON lines in the OpenAPI document: another media type of body and answer, and the query that stands for the body's other members.

internal import Bus

enum OpenAPILines {
    static func parameters(of operation: OperationDescription) -> [JSONValue] {
        guard let lines = operation.lines else { return [] }
        let rest = LinesInput(lines, of: operation.input).rest
        return (rest.properties ?? [:]).sorted { $0.key < $1.key }.map { name, schema in
            var schema = schema
            schema.kinds.removeAll { $0 == .null }
            return .object([
                "name": .string(name), "in": .string("query"), "required": .bool(false),
                "description": .string("With a body of JSON lines only; of a JSON body it is a member."),
                "schema": OpenAPI.schema(schema),
            ])
        }
    }

    static func body(of operation: OperationDescription) -> [String: JSONValue] {
        guard let lines = operation.lines else { return [:] }
        return content(operation.input.properties?[lines.input]?.items?.value)
    }

    static func answer(of operation: OperationDescription) -> [String: JSONValue] {
        guard let lines = operation.lines else { return [:] }
        return content(operation.output?.properties?[lines.output]?.items?.value)
    }

    /// One line's schema, under both names of the type.
    private static func content(_ line: JSONSchema?) -> [String: JSONValue] {
        let schema: JSONValue = .object(["schema": OpenAPI.schema(line ?? .any)])
        return Dictionary(uniqueKeysWithValues: MediaType.lines.map { ($0, schema) })
    }
}
