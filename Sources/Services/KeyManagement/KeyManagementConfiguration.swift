// What the service is told from outside. The numbers come from the topology file; this module does not know that file.

package import Bus

package struct KeyManagementConfiguration: Sendable {
    package enum FirstAdmin: Sendable {
        /// The first account of all may take the role `admin`: for topologies on loopback only.
        case open
        /// The role `admin` needs a one-time token made on the host.
        case token
    }

    package var firstAdmin = FirstAdmin.token
    /// Whether administration needs a verified one-time password: `ifEnrolled` or `always`.
    package var adminStepUp = StepUp.ifEnrolled
    /// `iss` and `aud` of every token.
    package var issuer = "fountain"
    package var audience = "fountain"
    package var accessTokenLifetime = Duration.seconds(15 * 60)
    /// The life of a session: no refresh goes beyond it.
    package var refreshTokenLifetime = Duration.seconds(30 * 86_400)
    /// How long a spent refresh token brings the same successor again, for clients that never got the answer.
    package var refreshGrace = Duration.seconds(10)
    package var adminTokenLifetime = Duration.seconds(3600)
    /// After this a new signing key is published by itself.
    package var signingKeyLifetime = Duration.seconds(30 * 86_400)
    /// How long a signing key is published before it signs: more than caches of the key set live.
    package var signingKeyLead = Duration.seconds(5 * 60)
    package var attempts = AttemptPolicy()

    package init() {}

    var signingKeys: SigningKeySchedule {
        SigningKeySchedule(lifetime: signingKeyLifetime, lead: signingKeyLead, tokenLifetime: accessTokenLifetime)
    }
}
