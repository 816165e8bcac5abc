// What administrators ask of the 2FA service. As with the KMS all of it needs the role `admin` and, in production topologies always, a
// verified one-time password.

public import Bus

extension TwoFactorOperations {
    /// For a user who has lost the app and the recovery codes, and has shown by other means who they are.
    public static let reset = Operation<KMS.UserName, Empty>(
        "2fa.reset",
        "Take a user's second factor away, so that they can enrol anew",
        .delete("/users/{username}"),
        success: 204,
        access: .role("admin"),
        stepUp: .ifEnrolled,
        errors: [.twoFactorNotEnabled]
    )

    /// What the 2FA service has recorded, by number; `AuditQuery` says from where and of whom.
    public static let listAudit = Operation<AuditQuery, AuditPage>(
        "2fa.audit.list",
        "Who tried and changed what about second factors, oldest first",
        .get("/audit"),
        access: .role("admin"),
        stepUp: .ifEnrolled,
        isIdempotent: true
    )

    /// Reads the whole log, a page at a time: the longer it is, the longer this takes.
    public static let verifyAudit = Operation<Empty, AuditVerdict>(
        "2fa.audit.verify",
        "Whether the audit log's chain of hashes is whole",
        .get("/audit/verify"),
        access: .role("admin"),
        stepUp: .ifEnrolled,
        isIdempotent: true
    )
}
