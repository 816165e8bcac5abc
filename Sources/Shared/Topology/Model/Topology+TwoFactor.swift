// What the 2FA service may be told from outside: how codes look and how they reach their user.
// Passwords and tokens are named by the file that holds them, never written here.

extension Topology {
    /// Settings of the `2fa` service.
    package struct TwoFactor: Sendable, Equatable {
        /// What an authenticator app shows above the code.
        package var issuer = "FountainAI"
        package var delivery = Delivery.log
        package var codeLifetime = Duration.seconds(10 * 60)
        package var codeDigits = 6
        /// Of authenticators enrolled from now on; many apps know SHA-1 only.
        package var algorithm = Algorithm.sha1
        /// Wrong codes that are accepted before a code is void.
        package var attempts = 5

        package init() {}

        /// The HMAC of RFC 6238.
        package enum Algorithm: String, Sendable, CaseIterable {
            case sha1, sha256, sha512
        }

        /// How a generated code reaches its user.
        package enum Delivery: Sendable, Equatable {
            /// Into the service's log: whoever reads the log has the second factor, so only in `local` and `test`.
            case log
            /// Into memory, for a test to take out.
            case sink
            case smtp(SMTP)
            case twilio(Twilio)
        }

        /// A mail server that accepts codes.
        package struct SMTP: Sendable, Equatable {
            package var server = Address(host: "", port: 587)
            package var startTLS = true
            package var username: String?
            package var passwordFile: String?
            package var from = ""
            /// Certificates to trust instead of the system's.
            package var caFile: String?

            package init() {}
        }

        /// An account with Twilio, or with whatever speaks its API.
        package struct Twilio: Sendable, Equatable {
            package var baseURL = "https://api.twilio.com"
            package var accountSID = ""
            package var tokenFile = ""
            /// The number that messages come from.
            package var from = ""

            package init() {}
        }
    }
}
