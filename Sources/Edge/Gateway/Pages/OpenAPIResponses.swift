// What an operation may answer: its success, and its errors by status. Errors that follow from the declaration (401 where a token is
// needed) are listed with those that it names; whatever else can go wrong is the `default`, of the same shape.

internal import Bus

enum OpenAPIResponses {
    static func of(_ operation: OperationDescription) -> [String: JSONValue] {
        var responses: [String: JSONValue] = ["default": problem("Anything else that goes wrong")]
        for (status, codes) in Dictionary(grouping: codes(of: operation), by: \.status) {
            let told = codes.map { "[`\($0.name)`](\($0.page)): \($0.title)" }.sorted()
            responses["\(status)"] = problem(told.joined(separator: "; "))
        }
        responses.merge(OpenAPIHeaders.responses(of: operation)) { $1 }
        responses["\(operation.output == nil ? 204 : operation.success)"] = .object(success(of: operation))
        return responses
    }

    private static func success(of operation: OperationDescription) -> [String: JSONValue] {
        var success: [String: JSONValue] = ["description": .string("Done")]
        if let output = operation.output {
            success["description"] = .string("Success")
            let content: [String: JSONValue] = ["application/json": .object(["schema": OpenAPI.schema(output)])]
            success["content"] = .object(content.merging(OpenAPILines.answer(of: operation)) { $1 })
        }
        let headers = OpenAPIHeaders.ofSuccess(operation)
        if !headers.isEmpty { success["headers"] = .object(headers) }
        return success
    }

    private static func codes(of operation: OperationDescription) -> Set<ErrorCode> {
        var codes = Set(operation.errors.filter { (400...599).contains($0.status) })
        codes.insert(.invalidRequest)
        codes.formUnion([.unavailable, .overloaded, .deadlineExceeded, .tooManyRequests])
        if operation.output != nil { codes.insert(.notAcceptable) }
        if !operation.isIdempotent { codes.formUnion([.outcomeUnknown, .idempotencyKeyReused, .keyInFlight]) }
        if operation.access != .public { codes.formUnion([.unauthenticated, .forbidden]) }
        codes.formUnion(OpenAPIHeaders.codes(of: operation))
        if operation.stepUp != .never { codes.insert(.insufficientUserAuthentication) }
        return codes
    }

    static func problem(_ description: String) -> JSONValue {
        .object([
            "description": .string(description),
            "content": .object([
                ProblemDetails.contentType: .object([
                    "schema": .object(["$ref": .string("#/components/schemas/Problem")])
                ])
            ]),
        ])
    }
}
