// An operation as data: what `info` answers, and all that the gateway ever knows of one. Any language can produce it (docs/wire.md).

public struct OperationDescription: Codable, Sendable, Equatable {
    public let name: String
    public let summary: String
    public let route: Route?
    public let success: Int
    public let access: Access
    public let stepUp: StepUp
    public let isIdempotent: Bool
    public let limits: Limits
    public let errors: [ErrorCode]
    public let input: JSONSchema
    /// `nil` where a success has no body (204).
    public let output: JSONSchema?
    public let headers: HeaderMembers?
    public let lines: LineMembers?
}

extension Operation {
    /// The operation as data; the schemas are derived from the types.
    public var description: OperationDescription {
        OperationDescription(
            name: name,
            summary: summary,
            route: route,
            success: success,
            access: access,
            stepUp: stepUp,
            isIdempotent: isIdempotent,
            limits: limits,
            errors: errors,
            input: .derived(from: Input.self),
            output: Output.self == Empty.self ? nil : .derived(from: Output.self),
            headers: headers,
            lines: lines
        )
    }
}
