// What the KMS may be told from outside: who becomes the first admin, how long tokens live, what a password hash costs.

extension Topology {
    /// Settings of the `kms` service.
    package struct KeyManagement: Sendable, Equatable {
        package var firstAdmin = FirstAdmin.token
        /// `iss` and `aud` of every token.
        package var issuer = "fountain"
        package var audience = "fountain"
        package var accessTokenLifetime = Duration.seconds(15 * 60)
        package var refreshTokenLifetime = Duration.seconds(30 * 86_400)
        package var scrypt = Scrypt()
        /// Password hashes computed at one time: each keeps a core busy and `scrypt.memory` bytes in use.
        package var hashConcurrency = 2
        /// Hashes that may wait for their turn; one more is answered `overloaded`.
        package var hashQueue = 64
        package var adminStepUp = AdminStepUp.ifEnrolled
        /// Bytes for sessions, accounts and keys that are asked for at each request; 0 asks the disk each time.
        package var recordMemory = 32 << 20

        package init() {}

        package enum FirstAdmin: String, Sendable, CaseIterable {
            /// The first account may take the role `admin`.
            case open
            /// The role `admin` needs a one-time token made on the host.
            case token
        }

        /// Whether account and key administration needs a verified OTP.
        package enum AdminStepUp: String, Sendable, CaseIterable {
            case ifEnrolled = "if_enrolled"
            case always
        }

        /// The cost of a password hash (RFC 7914).
        package struct Scrypt: Sendable, Equatable {
            /// The logarithm of the cost N: 17 is N = 131 072.
            package var ln = 17
            package var r = 8
            package var p = 1

            package init() {}

            /// Bytes that one hash needs while it is computed.
            package var memory: Int { 128 * r << ln }
        }
    }
}
