// The operations of the 2FA service, `2fa` on the bus and `/2fa` at the edge.
//
//     enroll ─> confirm ─> (enabled) ─> generate? ─> verify ─> a stepped-up token
//                             └─> contact ─> contact.confirm        └─> disable, enroll anew
//
// Whom a call is for: the user of its token. `username` may be sent along and must then be that user exactly; only a peer of the bus that
// acts by itself may name another. Values: `TwoFactor+Values.swift`, error codes: `TwoFactor+Errors.swift`.

public import Bus
public import Leases

/// The operations of the service `2fa`; at the edge below `/2fa`.
public enum TwoFactorOperations {
    /// Starts an enrolment, which counts only once it is confirmed; a factor that is enabled stays so until then.
    public static let enroll = Operation<Empty, Enrollment>(
        "2fa.enroll",
        "Begin to enrol an authenticator app",
        .post("/auth/enroll"),
        success: 201,
        access: .user,
        stepUp: .ifEnrolled
    )

    /// Enables the factor. The answer is the only time that the recovery codes are shown. To replace one needs a fresh code of the old one; the
    /// service asks for it, not the gateway: that would refuse the repeat of a request that has just enabled a first factor.
    public static let confirm = Operation<Confirmation, RecoveryCodes>(
        "2fa.confirm",
        "Confirm an enrolment with a first code",
        .post("/auth/confirm"),
        access: .user,
        errors: [.otpRejected, .insufficientUserAuthentication]
    )

    /// Removes the factor, its recovery codes and the contact.
    public static let disable = Operation<Empty, Empty>(
        "2fa.disable",
        "Disable two-factor authentication",
        .delete("/auth"),
        success: 204,
        access: .user,
        stepUp: .always,
        errors: [.twoFactorNotEnabled]
    )

    /// Sends a code, which is a weaker factor than an authenticator app; it ends the code sent before it.
    public static let generate = Operation<GenerateRequest, Delivery>(
        "2fa.generate",
        "Send a one-time code",
        .post("/auth/generate"),
        access: .user,
        limits: deliveryLimits,
        errors: [.twoFactorNotEnabled, .deliveryFailed]
    )

    /// Takes a code of the app, a code that was sent, or a recovery code.
    public static let verify = Operation<VerifyRequest, Verified>(
        "2fa.verify",
        "Verify a one-time code",
        .post("/auth/verify"),
        access: .user,
        errors: [.twoFactorNotEnabled, .otpRejected]
    )

    /// Sends a code to a new address; it becomes the user's contact once that code has come back.
    public static let contact = Operation<ContactRequest, Delivery>(
        "2fa.contact",
        "Name where codes are to be sent",
        .put("/auth/contact"),
        access: .user,
        stepUp: .always,
        limits: deliveryLimits,
        errors: [.twoFactorNotEnabled, .deliveryFailed]
    )

    /// Proves that a new contact is the user's.
    public static let confirmContact = Operation<Confirmation, Empty>(
        "2fa.contact.confirm",
        "Confirm where codes are to be sent",
        .post("/auth/contact/confirm"),
        success: 204,
        access: .user,
        stepUp: .always,
        errors: [.otpRejected]
    )

    /// For the gateway, which asks before an operation that needs a code `if_enrolled`.
    public static let status = Operation<StatusRequest, Status>(
        "2fa.status",
        "Whether a user has a second factor",
        access: .peer,
        isIdempotent: true
    )

    /// Leases for those who hold that a user has no second factor: keeps them told of who has one now.
    public static let follow = Operation<LeaseRequest, LeaseAnswer>(
        "2fa.leases.follow",
        "Hold verdicts under a lease, and hear what was taken away",
        access: .peer,
        isIdempotent: true
    )

    /// A mail server or an SMS gateway may take its time.
    private static let deliveryLimits = Limits(timeoutMilliseconds: 20_000)
}
