// The header fields that follow from an operation's declaration, as OpenAPI says them: conditions that a request may have, and what an
// answer says of itself.

internal import Bus

enum OpenAPIHeaders {
    /// Of a request.
    static func parameters(of operation: OperationDescription) -> [JSONValue] {
        var parameters: [JSONValue] = []
        if operation.headers?.ifMatch != nil {
            parameters.append(parameter("If-Match", "Do it only if one of these tags is the present one."))
        }
        if isRead(operation), operation.headers?.etag != nil {
            parameters.append(parameter("If-Match", "Answer 412 unless one of these tags is the present one."))
            parameters.append(parameter("If-None-Match", "Answer 304 where one of these tags is the present one."))
        }
        return parameters
    }

    /// Of a success; empty for none.
    static func ofSuccess(_ operation: OperationDescription) -> [String: JSONValue] {
        var headers: [String: JSONValue] = [:]
        if operation.headers?.etag != nil {
            headers["ETag"] = header("The revision, to be sent back in If-Match or If-None-Match.", .string())
        }
        if operation.headers?.offset != nil {
            headers["Fountain-Offset"] = header("An offset in the service's event log.", .integer(0...Int.max))
        }
        if operation.headers?.next != nil {
            headers["Link"] = header("Where the next page is, with `rel=\"next\"`; absent on the last.", .string())
        }
        if !operation.isIdempotent {
            headers["Idempotency-Replayed"] = header(
                "`true` where this answer was given before, to the same Idempotency-Key.",
                .string(oneOf: ["true"])
            )
        }
        return headers
    }

    /// What a read may answer besides.
    static func responses(of operation: OperationDescription) -> [String: JSONValue] {
        guard isRead(operation), operation.headers?.etag != nil else { return [:] }
        return ["304": .object(["description": .string("As If-None-Match says it is known; without a body")])]
    }

    /// The errors that conditions bring.
    static func codes(of operation: OperationDescription) -> Set<ErrorCode> {
        let hasCondition = operation.headers?.ifMatch != nil || isRead(operation) && operation.headers?.etag != nil
        return hasCondition ? [.preconditionFailed] : []
    }

    private static func isRead(_ operation: OperationDescription) -> Bool { operation.route?.method == "GET" }

    private static func parameter(_ name: String, _ description: String) -> JSONValue {
        .object([
            "name": .string(name), "in": .string("header"), "required": .bool(false),
            "description": .string(description), "schema": OpenAPI.schema(.string()),
        ])
    }

    private static func header(_ description: String, _ schema: JSONSchema) -> JSONValue {
        .object(["description": .string(description), "schema": OpenAPI.schema(schema)])
    }
}
