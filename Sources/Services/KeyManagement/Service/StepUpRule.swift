// Whether a principal has to show a second factor before it may do something. The gateway asks the same of every request; here it also
// holds for calls that come over the bus for a principal. Peers that act by themselves are the topology's to grant.

import Bus
import Contracts

struct StepUpRule: Sendable {
    let rule: StepUp
    /// Whether a user has a second factor.
    let isEnrolled: @Sendable (String) async throws -> Bool

    /// - Throws: `Failure` with `insufficient_user_authentication`; what `isEnrolled` throws: who cannot be judged is not let through.
    func check(_ principal: Principal?) async throws {
        guard let principal, try await isAsked(of: principal) else { return }
        guard !principal.isSteppedUp else { return }
        throw Failure(
            .insufficientUserAuthentication,
            "Verify a one-time password first.",
            challenge: .init(acrValues: KMS.secondFactor)
        )
    }

    /// An API key is nobody who could type a code: `ifEnrolled` lets it pass, `always` never does.
    private func isAsked(of principal: Principal) async throws -> Bool {
        switch (rule, principal.kind) {
        case (.never, _), (.ifEnrolled, .apiKey): false
        // An API key never has `amr`, so `check` refuses it.
        case (.always, _): true
        case (.ifEnrolled, .user):
            if principal.isSteppedUp { false } else { try await isEnrolled(principal.subject) }
        }
    }
}
