// Header fields as OpenAPI says them: conditions that a request may have, what an answer says of itself, and what every answer has.

internal import Bus

enum OpenAPIHeaders {
    // MARK: Of a request

    static func parameters(of operation: OperationDescription, _ components: inout OpenAPIComponents) -> [JSONValue] {
        var parameters: [JSONValue] = []
        if !operation.isIdempotent { parameters.append(components.parameter("IdempotencyKey", idempotencyKey)) }
        if operation.headers?.ifMatch != nil {
            let field = parameter("If-Match", "Do it only if one of these tags is the present one.")
            parameters.append(components.parameter("IfMatch", field))
        }
        if operation.headers?.reached != nil {
            let field = parameter(
                "Fountain-Offset",
                "Answer when what this position of the log means is there, or 503."
            )
            parameters.append(components.parameter("ReachedOffset", field))
        }
        if isRead(operation), operation.headers?.etag != nil {
            let match = parameter("If-Match", "Answer 412 unless one of these tags is the present one.")
            let noneMatch = parameter("If-None-Match", "Answer 304 where one of these tags is the present one.")
            parameters.append(components.parameter("IfMatchOfRead", match))
            parameters.append(components.parameter("IfNoneMatch", noneMatch))
        }
        return parameters
    }

    private static func parameter(_ name: String, _ description: String) -> JSONValue {
        .object([
            "name": .string(name), "in": .string("header"), "required": .bool(false),
            "description": .string(description), "schema": OpenAPI.schema(.string()),
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

    // MARK: Of an answer

    /// Of a success.
    static func ofSuccess(_ operation: OperationDescription) -> [String: JSONValue] {
        var names = always
        if operation.headers?.etag != nil { names.append("ETag") }
        if operation.headers?.offset != nil { names.append("Fountain-Offset") }
        if operation.headers?.next != nil { names.append("Link") }
        if !operation.isIdempotent { names.append("Idempotency-Replayed") }
        return references(names)
    }

    /// Of a problem with this status.
    static func ofProblem(_ status: Int?) -> [String: JSONValue] {
        switch status {
        case 401: references(always + ["WWW-Authenticate"])
        case 503: references(always + ["Fountain-Offset", "Retry-After"])
        case 408, 409, 429: references(always + ["Retry-After"])
        default: references(always)
        }
    }

    static func references(_ names: [String]) -> [String: JSONValue] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, .object(["$ref": .string("#/components/headers/\($0)")])) })
    }

    /// What every answer has, or may have.
    static let always = ["traceparent", "X-Request-Id", "Server-Timing", "RateLimit", "RateLimit-Policy"]

    static let components: [String: JSONValue] = [
        "ETag": header("The revision, to be sent back in If-Match or If-None-Match.", .string()),
        "Fountain-Offset": header("A position in the service's event log: epoch and offset.", LogPosition.schema),
        "Link": header("Where the next page is, with `rel=\"next\"`; absent on the last.", .string()),
        "Idempotency-Replayed": header(
            "`true` where this answer was given before, to the same Idempotency-Key.",
            .string(oneOf: ["true"])
        ),
        "Retry-After": header("Seconds after which it makes sense to try again.", .integer(0...Int.max)),
        "WWW-Authenticate": header("How to say, or to prove, who calls (RFC 6750, RFC 9470).", .string()),
        "traceparent": header("The trace that the logs of all services have (W3C).", .string()),
        "X-Request-Id": header("The request's own, or the number of its trace.", .string()),
        "Server-Timing": header("Milliseconds that the gateway took.", .string()),
        "RateLimit": header(
            "What is left of the allowances that were counted; absent where there are none.",
            .string()
        ),
        "RateLimit-Policy": header("Those allowances.", .string()),
    ]

    private static func header(_ description: String, _ schema: JSONSchema) -> JSONValue {
        .object(["description": .string(description), "schema": OpenAPI.schema(schema)])
    }

    // MARK: What conditions bring

    /// What a read may answer besides.
    static func responses(
        of operation: OperationDescription,
        _ components: inout OpenAPIComponents
    ) -> [String: JSONValue] {
        guard isRead(operation), operation.headers?.etag != nil else { return [:] }
        let response: JSONValue = .object([
            "description": .string("As If-None-Match says it is known; without a body"),
            "headers": .object(references(always + ["ETag"])),
        ])
        return ["304": components.response("NotModified", response)]
    }

    static func codes(of operation: OperationDescription) -> Set<ErrorCode> {
        let hasCondition = operation.headers?.ifMatch != nil || isRead(operation) && operation.headers?.etag != nil
        let mayBeRequired: Set<ErrorCode> = operation.headers?.ifMatch == nil ? [] : [.preconditionRequired]
        return mayBeRequired.union(hasCondition ? [.preconditionFailed] : [])
    }

    private static func isRead(_ operation: OperationDescription) -> Bool { operation.route?.method == "GET" }
}
