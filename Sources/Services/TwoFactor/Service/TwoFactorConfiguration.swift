// The numbers and names that the 2FA service is held to. The defaults are what authenticator apps and NIST SP 800-63B agree on.

package import Bus
package import Secrets

package struct TwoFactorConfiguration: Sendable {
    /// What an authenticator app shows above the code.
    package var issuer = "FountainAI"
    /// Of the app's codes and of those that are sent.
    package var digits = CodeDigits.six
    /// Of authenticators that are enrolled from now on, like `digits`; many apps know SHA-1 only.
    package var algorithm = HMAC.Algorithm.sha1
    /// Seconds that a sent code lives.
    package var codeLifetime: Int64 = 10 * 60
    /// Seconds that an enrolment waits for its confirmation.
    package var enrollmentLifetime: Int64 = 60 * 60
    /// Seconds for which a verified factor counts as fresh enough to disable or replace it.
    package var freshness: Int64 = 10 * 60
    package var recoveryCodeCount = 10
    package var attempts = AttemptPolicy()
    /// For one user.
    package var deliveries = DeliveryPolicy()
    /// To one address, whoever asks.
    package var addressDeliveries = DeliveryPolicy()
    /// Whether administration needs a verified one-time password: `ifEnrolled` or `always`.
    package var adminStepUp = StepUp.ifEnrolled

    package init() {}
}
