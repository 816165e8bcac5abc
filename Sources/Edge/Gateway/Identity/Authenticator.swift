// Decides, once a request and at the edge, for whom it acts and whether that one may call the operation at all.
//
//     credentials ──> principal ──> role and scopes ──> one-time password
//
// The services check roles again, on their own; here the answer comes earlier and costs them nothing.

internal import Bus

struct Authenticator: Sendable {
    let verifier: TokenVerifier
    let authority: Authority

    /// The principal for whom `operation` is to be called; nil for a public operation called without credentials.
    func admit(
        _ credentials: Credentials,
        to operation: OperationDescription,
        _ call: CallTerms
    ) async throws(Refused) -> Principal? {
        let principal = try await principal(of: credentials, for: operation, call)
        guard let principal else {
            if operation.access.isOpen, operation.stepUp == .never { return nil }
            throw .missing
        }
        do throws(Failure) {
            try operation.access.check(principal, operation: operation.name)
        } catch {
            throw Refused(error)
        }
        try await checkStepUp(principal, operation.stepUp, call)
        return principal
    }

    /// A credential that is sent is checked even where none is needed, and a bad one refused. But a token that has run out does not keep
    /// its holder from what anybody may do: getting a new one, for instance; nor from ending what it stood for.
    private func principal(
        of credentials: Credentials,
        for operation: OperationDescription,
        _ call: CallTerms
    ) async throws(Refused) -> Principal? {
        switch credentials {
        case .none: return nil
        case .apiKey(let key): return try await authority.principal(ofAPIKey: key, call)
        case .bearer(let token) where operation.access == .holder: return try await verifier.holder(of: token)
        case .bearer(let token):
            do throws(Refused) {
                let claims = try await verifier.verify(token)
                guard try await authority.isActive(claims, call) else {
                    throw .invalidToken("The token has been revoked.")
                }
                return claims.principal
            } catch {
                guard error == .expired, operation.access == .public else { throw error }
                return nil
            }
        }
    }

    /// An API key is nobody who could type a code: `ifEnrolled` lets it pass, `always` never does.
    private func checkStepUp(_ principal: Principal, _ stepUp: StepUp, _ call: CallTerms) async throws(Refused) {
        switch (stepUp, principal.kind) {
        case (.never, _), (.ifEnrolled, .apiKey): return
        case (.always, .apiKey): throw .stepUp()
        case (.always, .user), (.ifEnrolled, .user):
            if principal.isSteppedUp { return }
            if stepUp == .ifEnrolled, try await !authority.isEnrolled(principal.subject, call) { return }
            throw .stepUp()
        }
    }
}
