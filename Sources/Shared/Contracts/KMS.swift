// The key management service: accounts, tokens, API keys. Everything that it can be asked, declared once.
//
//     register → login → access token (15 min, EdDSA) ──verified by anybody from jwks──> principal
//                  └──── refresh token (rotated at each use) → refresh → …               logout ends the session
//     keys.create → API key, shown once ──keys.verify (gateway)──> principal
//
// What follows: OWASP ASVS 5.0 V6 and V9, NIST SP 800-63B-4 for passwords, RFC 7519 and 8037 for tokens, RFC 9700 §4.14.2 for refresh.
// Administration is in `KMS+Administration.swift`; the values are beside, a file a family.

public import Bus
public import Leases

/// The operations of the service `kms`; at the edge below `/kms`.
public enum KMS {
    /// Everybody may, as a `user`. Other roles need a one-time admin token, an administrator, or the first account of a topology that says
    /// `first_admin: open`; else `forbidden`.
    public static let register = Operation<Registration, Message>(
        "kms.register",
        "Make an account",
        .post("/register"),
        success: 201,
        access: .public,
        errors: [.conflict, .forbidden, .insufficientUserAuthentication, .tooManyRequests, .overloaded]
    )

    /// Begins a session. Attempts are counted by account and by client; too many answer `too_many_requests` with a time
    /// to wait.
    public static let login = Operation<Credentials, Tokens>(
        "kms.login",
        "Log in with a password",
        .post("/login"),
        access: .public,
        errors: [badCredentials, .tooManyRequests, .overloaded]
    )

    /// Spends the refresh token and gives the next one (RFC 9700 §4.14.2). A spent one that comes again gives the same
    /// next one for a short grace; after that it has leaked, and its session ends.
    public static let refresh = Operation<RefreshRequest, Tokens>(
        "kms.refresh",
        "Exchange a refresh token for new tokens",
        .post("/token/refresh"),
        access: .public,
        isIdempotent: true,
        errors: [invalidRefreshToken]
    )

    /// Ends the session of the access token that the request carries, which may have run out: neither it nor any token of its session is good
    /// afterwards. With a refresh token of another session of the same user, that one ends too; without an access token the refresh token's
    /// session ends.
    public static let logout = Operation<LogoutRequest, Empty>(
        "kms.logout",
        "End this session",
        .post("/logout"),
        success: 204,
        access: .holder,
        isIdempotent: true,
        errors: [invalidRefreshToken]
    )

    /// What verifies the signature of access tokens (RFC 7517). May be cached for 60 seconds.
    public static let jwks = Operation<Empty, KeySet>(
        "kms.jwks",
        "The public keys that verify access tokens",
        .get("/.well-known/jwks.json"),
        access: .public,
        isIdempotent: true,
        limits: Limits(cacheSeconds: 60)
    )

    /// For users only: an API key is `forbidden`. Needs the current password, and counts wrong ones as `login` does.
    public static let changePassword = Operation<PasswordChange, Empty>(
        "kms.users.password",
        "Change one's own password; ends all other sessions",
        .post("/users/me/password"),
        success: 204,
        access: .user,
        stepUp: .ifEnrolled,
        errors: [badCredentials, .tooManyRequests, .overloaded]
    )
}

// MARK: For services of the ecosystem only

extension KMS {
    /// Whom an API key stands for. What it says is read at each call; under a lease it may be held until it is taken away (`follow`).
    public static let verifyKey = Operation<KeyToVerify, KeyVerdict>(
        "kms.keys.verify",
        "Whom an API key stands for",
        access: .peer,
        isIdempotent: true
    )

    /// Whether a token whose signature and claims are good has been revoked since: by logout, by an administrator, with its account.
    public static let checkToken = Operation<TokenToCheck, TokenVerdict>(
        "kms.tokens.check",
        "Whether an access token is still good",
        access: .peer,
        isIdempotent: true
    )

    /// Leases for those who hold verdicts of the two operations above: keeps them told of what was taken away.
    public static let follow = Operation<LeaseRequest, LeaseAnswer>(
        "kms.leases.follow",
        "Hold verdicts under a lease, and hear what was taken away",
        access: .peer,
        isIdempotent: true
    )

    /// A new access token that names a second factor. The topology grants it to the 2FA service alone.
    public static let stepUp = Operation<StepUpRequest, SteppedUpToken>(
        "kms.tokens.stepup",
        "An access token after a second factor was verified",
        access: .peer,
        errors: [.forbidden]
    )
}

extension KMS {
    /// Ends a user's sessions, all or all but one. The topology grants it to the 2FA service, for users whose second factor has changed.
    public static let endSessions = Operation<SessionsToEnd, Empty>(
        "kms.sessions.end",
        "End a user's sessions",
        access: .peer,
        isIdempotent: true
    )
}

// MARK: Error codes

extension KMS {
    /// The same for an unknown user, a wrong password and a disabled account.
    public static let badCredentials = ErrorCode(
        "bad_credentials",
        status: 401,
        title: "The username or the password is wrong"
    )
    /// Unknown, expired, of an ended session or spent already: which of these is not said.
    public static let invalidRefreshToken = ErrorCode(
        "invalid_refresh_token",
        status: 401,
        title: "The refresh token is not valid; log in again"
    )
    /// Somebody must be left who can administer: the only enabled administrator is neither deleted, disabled nor
    /// demoted.
    public static let lastAdmin = ErrorCode("last_admin", status: 409, title: "The last administrator must stay")
}
