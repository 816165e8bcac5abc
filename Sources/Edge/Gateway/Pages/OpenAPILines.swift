// JSON lines in the OpenAPI document: another media type of body and answer, and the query that stands for the body's other members.

internal import Bus

enum OpenAPILines {
    static func parameters(of operation: OperationDescription, _ names: SchemaNames) -> [JSONValue] {
        guard let lines = operation.lines else { return [] }
        let rest = LinesInput(lines, of: operation.input).rest
        return (rest.properties ?? [:]).sorted { $0.key < $1.key }.map { name, schema in
            var schema = schema
            schema.kinds.removeAll { $0 == .null }
            return .object([
                "name": .string(name), "in": .string("query"), "required": .bool(false),
                "description": .string("With a body of JSON lines only; of a JSON body it is a member."),
                "schema": names.value(schema),
            ])
        }
    }

    /// One line of the body.
    static func line(in operation: OperationDescription) -> JSONSchema? {
        operation.lines.flatMap { operation.input.properties?[$0.input]?.items?.value }
    }

    /// One line of the answer.
    static func line(out operation: OperationDescription) -> JSONSchema? {
        operation.lines.flatMap { operation.output?.properties?[$0.output]?.items?.value }
    }

    /// One line's schema, under both names of the type; nothing where there are no lines.
    static func content(_ line: JSONSchema?, _ names: SchemaNames) -> [String: JSONValue] {
        guard let line else { return [:] }
        let schema: JSONValue = .object(["schema": names.value(line)])
        return Dictionary(uniqueKeysWithValues: MediaType.lines.map { ($0, schema) })
    }
}
