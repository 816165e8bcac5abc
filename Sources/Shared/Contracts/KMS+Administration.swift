// What administrators ask of the key management service. All of it needs the role `admin` and a verified one-time password: if the
// administrator has one in `local`, always in production topologies (`Operation.requiring`).

public import Bus

// MARK: API keys

extension KMS {
    /// The answer is the only time that the key is shown.
    public static let createKey = Operation<KeyCreation, IssuedKey>(
        "kms.keys.create",
        "Make an API key for a service",
        .post("/keys"),
        success: 201,
        access: .role("admin"),
        stepUp: .ifEnrolled,
        errors: [.conflict]
    )

    /// Everything about a key but the key: that is shown once, by create and rotate, and lies sealed from then on.
    public static let showKey = Operation<KeyName, KeyDescription>(
        "kms.keys.show",
        "What is known of a service's API key",
        .get("/keys/{service_name}"),
        access: .role("admin"),
        stepUp: .ifEnrolled,
        isIdempotent: true
    )

    /// Every key as `showKey` describes it, revoked ones left out; in one answer, since keys are few.
    public static let listKeys = Operation<Empty, KeyList>(
        "kms.keys.list",
        "All API keys",
        .get("/keys"),
        access: .role("admin"),
        stepUp: .ifEnrolled,
        isIdempotent: true
    )

    /// When the answer is there, the old key is refused everywhere; or dies after `overlap_seconds`, where given.
    public static let rotateKey = Operation<KeyRotation, IssuedKey>(
        "kms.keys.rotate",
        "Replace a service's API key",
        .post("/keys/{service_name}/rotate"),
        access: .role("admin"),
        stepUp: .ifEnrolled,
        errors: [.conflict]
    )

    /// When the answer is there, the key and the one before it are refused everywhere. An unknown name answers
    /// `not_found`.
    public static let deleteKey = Operation<KeyName, Empty>(
        "kms.keys.delete",
        "Revoke a service's API key",
        .delete("/keys/{service_name}"),
        success: 204,
        access: .role("admin"),
        stepUp: .ifEnrolled
    )

    /// What the old key has signed is good until it ends. For a key that has leaked say `revoke`: then nothing that it signed is good when
    /// the answer is there, and everybody logs in again.
    public static let rotateSigningKey = Operation<SigningKeyRotation, KeySet>(
        "kms.signing_keys.rotate",
        "Publish a new key for signing tokens; it signs once every cache of the key set has it, at once with `revoke`",
        .post("/signing-keys/rotate"),
        access: .role("admin"),
        stepUp: .ifEnrolled
    )
}

// MARK: Accounts

extension KMS {
    /// Every account, disabled ones too, a page at a time (`UserQuery`). Passwords are never in it.
    public static let listUsers = Operation<UserQuery, UserList>(
        "kms.users.list",
        "The accounts, by name",
        .get("/users"),
        access: .role("admin"),
        stepUp: .ifEnrolled,
        isIdempotent: true
    )

    /// An unknown name answers `not_found`.
    public static let showUser = Operation<UserName, User>(
        "kms.users.show",
        "One account",
        .get("/users/{username}"),
        access: .role("admin"),
        stepUp: .ifEnrolled,
        isIdempotent: true
    )

    /// Replaces all roles but `user`. Refused with `last_admin` where no enabled administrator would be left.
    public static let setRoles = Operation<RoleAssignment, User>(
        "kms.users.roles",
        "Set an account's roles; ends its sessions",
        .put("/users/{username}/roles"),
        access: .role("admin"),
        stepUp: .ifEnrolled,
        isIdempotent: true,
        errors: [lastAdmin]
    )

    /// When the answer is there, the user's tokens are refused. Refused with `last_admin` for the only administrator
    /// left.
    public static let disableUser = Operation<UserName, User>(
        "kms.users.disable",
        "Bar an account and end its sessions",
        .post("/users/{username}/disable"),
        access: .role("admin"),
        stepUp: .ifEnrolled,
        isIdempotent: true,
        errors: [lastAdmin]
    )

    /// The password is as it was; the sessions that ended do not come back.
    public static let enableUser = Operation<UserName, User>(
        "kms.users.enable",
        "Let a disabled account in again",
        .post("/users/{username}/enable"),
        access: .role("admin"),
        stepUp: .ifEnrolled,
        isIdempotent: true
    )

    /// The name is not given out again: what other services keep under it (a second factor) must not pass to somebody else.
    public static let deleteUser = Operation<UserName, Empty>(
        "kms.users.delete",
        "Delete an account and end its sessions",
        .delete("/users/{username}"),
        success: 204,
        access: .role("admin"),
        stepUp: .ifEnrolled,
        errors: [lastAdmin]
    )

    /// By user, or by the `jti` of one token. A token is revoked with its session, else its refresh token would bring the next one.
    public static let revokeTokens = Operation<Revocation, Empty>(
        "kms.tokens.revoke",
        "Revoke a user's tokens, or one token and its session",
        .post("/tokens/revoke"),
        success: 204,
        access: .role("admin"),
        stepUp: .ifEnrolled,
        isIdempotent: true
    )
}

// MARK: Audit

extension KMS {
    /// What the KMS has recorded, by number; `AuditQuery` says from where and of whom.
    public static let listAudit = Operation<AuditQuery, AuditPage>(
        "kms.audit.list",
        "Who did what, oldest first",
        .get("/audit"),
        access: .role("admin"),
        stepUp: .ifEnrolled,
        isIdempotent: true
    )

    /// Reads the whole log, a page at a time: the longer it is, the longer this takes.
    public static let verifyAudit = Operation<Empty, AuditVerdict>(
        "kms.audit.verify",
        "Whether the audit log's chain of hashes is whole",
        .get("/audit/verify"),
        access: .role("admin"),
        stepUp: .ifEnrolled,
        isIdempotent: true
    )
}
