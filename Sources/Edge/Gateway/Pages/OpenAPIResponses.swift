// What an operation may answer: its success, and its errors by status. Errors that follow from the declaration (401 where a token is
// needed) are listed with those that it names; whatever else can go wrong is the `default`, of the same shape.

internal import Bus

enum OpenAPIResponses {
    static func of(
        _ operation: OperationDescription,
        links: [String: JSONValue],
        _ components: inout OpenAPIComponents
    ) -> [String: JSONValue] {
        var responses = ["default": problem("Anything else that goes wrong", as: "Problem", &components)]
        for (status, codes) in Dictionary(grouping: codes(of: operation), by: \.status) {
            responses["\(status)"] = problem(status, codes.sorted { $0.name < $1.name }, &components)
        }
        responses.merge(OpenAPIHeaders.responses(of: operation, &components)) { $1 }
        let status = operation.output == nil ? 204 : operation.success
        responses["\(status)"] = success(of: operation, links, components.names)
        return responses
    }

    private static func success(
        of operation: OperationDescription,
        _ links: [String: JSONValue],
        _ names: SchemaNames
    ) -> JSONValue {
        var success: [String: JSONValue] = [
            "description": .string("Done"), "headers": .object(OpenAPIHeaders.ofSuccess(operation)),
        ]
        if operation.success != 204, let output = OpenAPI.answer(of: operation) {
            success["description"] = .string("Success")
            let content: [String: JSONValue] = ["application/json": .object(["schema": names.value(output)])]
            let lines = OpenAPILines.content(OpenAPILines.line(out: operation), names)
            success["content"] = .object(content.merging(lines) { $1 })
        }
        if !links.isEmpty { success["links"] = .object(links) }
        return .object(success)
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

    /// One for each set of codes that some operation has for a status: `ConflictOrLastAdmin`.
    static func problem(
        _ status: Int,
        _ codes: [ErrorCode],
        _ components: inout OpenAPIComponents
    ) -> JSONValue {
        let told = codes.map { "[`\($0.name)`](\($0.page)): \($0.title)" }
        let name = codes.map { SchemaNames.title($0.name, "") }.joined(separator: "Or")
        return problem(told.joined(separator: "; "), as: name, of: status, &components)
    }

    static func problem(
        _ description: String,
        as name: String,
        of status: Int? = nil,
        _ components: inout OpenAPIComponents
    ) -> JSONValue {
        let response: JSONValue = .object([
            "description": .string(description), "headers": .object(OpenAPIHeaders.ofProblem(status)),
            "content": .object([
                ProblemDetails.contentType: .object(["schema": components.names.value(ProblemDetails.schema)])
            ]),
        ])
        return components.response(name, response)
    }
}

extension ProblemDetails {
    /// Under the name that people know it by.
    static let schema: JSONSchema = {
        var schema = JSONSchema.derived(from: ProblemDetails.self)
        schema.title = "Problem"
        return schema
    }()
}
