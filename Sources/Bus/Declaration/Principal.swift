// The user or API key that a request acts for, as the gateway found it and as every service behind it sees it.

/// Whom a call acts for. The gateway makes it from a verified token or key; services trust the gateway's word.
public struct Principal: Codable, Sendable, Equatable {
    /// What was shown: a token or a key.
    public enum Kind: String, Codable, Sendable {
        /// A user, by an access token.
        case user
        /// A service, by an API key.
        case apiKey = "api_key"
    }

    /// Operations that are for people refuse keys by it.
    public let kind: Kind
    /// The username, or the service name of an API key.
    public let subject: String
    /// What `Access.role` looks for.
    public let roles: [String]
    /// Operations that the credential is limited to; `nil` means all that its roles allow.
    public let scopes: [String]?
    /// Authentication methods used (RFC 8176): `pwd`, `otp`, `mfa`.
    public let amr: [String]?
    /// Unix seconds at which the strongest factor was verified.
    public let authenticatedAt: Int?
    /// The token's `jti`.
    public let tokenID: String?

    /// For tests and for the gateway; a service has it from `CallContext`.
    public init(
        kind: Kind,
        subject: String,
        roles: [String],
        scopes: [String]? = nil,
        amr: [String]? = nil,
        authenticatedAt: Int? = nil,
        tokenID: String? = nil
    ) {
        self.kind = kind
        self.subject = subject
        self.roles = roles
        self.scopes = scopes
        self.amr = amr
        self.authenticatedAt = authenticatedAt
        self.tokenID = tokenID
    }

    /// Whether a one-time password was verified for this credential.
    public var isSteppedUp: Bool { amr?.contains("otp") == true || amr?.contains("mfa") == true }
}
