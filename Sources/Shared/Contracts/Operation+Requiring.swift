// A declared operation under a stricter deployment: production topologies ask for a verified one-time password where the declaration
// says "if enrolled". The declaration itself stays as it is; only what the service binds, and so what `info` says, changes.

public import Bus

extension Operation {
    /// The same operation with another step-up rule.
    public func requiring(_ stepUp: StepUp) -> Operation {
        Operation(
            name,
            summary,
            route,
            success: success,
            access: access,
            stepUp: stepUp,
            isIdempotent: isIdempotent,
            limits: limits,
            errors: errors
        )
    }
}
