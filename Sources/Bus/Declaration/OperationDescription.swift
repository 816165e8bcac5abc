// An operation as data: what `info` answers, and all that the gateway ever knows of one. Any language can produce it (docs/wire.md).

/// An `Operation` without its Swift types, as `bus.info` answers it; the members' names are those of docs/wire.md.
public struct OperationDescription: Codable, Sendable, Equatable {
    /// As `Operation.name`.
    public let name: String
    /// As `Operation.summary`.
    public let summary: String
    /// `nil` for one that only peers call: the gateway does not show it.
    public let route: Route?
    /// The HTTP status of an answer.
    public let success: Int
    /// Who may call it.
    public let access: Access
    /// Whether a verified one-time password is asked for.
    public let stepUp: StepUp
    /// True where the bus may send it again.
    public let isIdempotent: Bool
    /// Where it differs from the topology's defaults.
    public let limits: Limits
    /// Codes that it may answer beside the common ones.
    public let errors: [ErrorCode]
    /// The schema that the gateway checks requests against before it calls.
    public let input: JSONSchema
    /// `nil` where a success has no body (204).
    public let output: JSONSchema?
    /// `nil` where no member is a header field.
    public let headers: HeaderMembers?
    /// `nil` where it takes and answers no JSON lines.
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
