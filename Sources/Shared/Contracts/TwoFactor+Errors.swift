// What can go wrong with a second factor, beside the codes that every operation may answer.

public import Bus

extension ErrorCode {
    /// One answer for a user that does not exist, one that has no second factor, and one that is not the caller.
    public static let twoFactorNotEnabled = ErrorCode(
        "two_factor_not_enabled",
        status: 404,
        title: "User not found or 2FA not enabled"
    )
    /// Wrong, expired, used or of another user: which of these is not said.
    public static let otpRejected = ErrorCode("otp_rejected", status: 401, title: "The one-time code was not accepted")
    /// The mail server or SMS gateway was there and refused.
    public static let deliveryFailed = ErrorCode(
        "delivery_failed",
        status: 502,
        title: "The code could not be delivered"
    )
}
