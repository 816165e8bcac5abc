// What goes into the 2FA service's operations and what comes out. Field names on the wire are snake case.

public import Bus
public import Leases

extension TwoFactorOperations {
    /// A secret to put into an authenticator app, in three spellings.
    public struct Enrollment: Codable, Sendable {
        /// Base32 without padding.
        public let secret: String
        /// `otpauth://totp/…`, which apps read from a QR code.
        public let otpauthURI: String
        /// That QR code as an SVG document.
        public let qrSVG: String

        package init(secret: String, otpauthURI: String, qrSVG: String) {
            self.secret = secret
            self.otpauthURI = otpauthURI
            self.qrSVG = qrSVG
        }

        private enum CodingKeys: String, CodingKey {
            case secret
            case otpauthURI = "otpauth_uri"
            case qrSVG = "qr_svg"
        }
    }

    /// A code that ends what was begun.
    public struct Confirmation: Codable, Sendable {
        /// A fresh one of the new authenticator app, or the one that was sent to the new contact.
        public let otpCode: OTPCode

        /// The service refuses what is no code without counting it as a guess.
        public init(otpCode: OTPCode) { self.otpCode = otpCode }

        private enum CodingKeys: String, CodingKey { case otpCode = "otp_code" }
    }

    /// Each opens the account once when the app is lost.
    public struct RecoveryCodes: Codable, Sendable {
        /// As they are to be typed; kept by the service as hashes only.
        public let recoveryCodes: [String]

        package init(recoveryCodes: [String]) { self.recoveryCodes = recoveryCodes }

        private enum CodingKeys: String, CodingKey { case recoveryCodes = "recovery_codes" }
    }

    /// Who wants a code sent.
    public struct GenerateRequest: Codable, Sendable {
        /// The user of the token, exactly, or `nil`; needed from a peer that acts by itself.
        public let username: String?

        /// With a user's token no name is needed.
        public init(username: String? = nil) { self.username = username }
    }

    /// Where a code went and how long it lives.
    public struct Delivery: Codable, Sendable {
        /// Unix seconds.
        public let expiresAt: Int64
        /// Masked: `t•••@e•••.org`, `•••• 4567`.
        public let deliveredTo: String

        package init(expiresAt: Int64, deliveredTo: String) {
            self.expiresAt = expiresAt
            self.deliveredTo = deliveredTo
        }

        private enum CodingKeys: String, CodingKey {
            case expiresAt = "expires_at"
            case deliveredTo = "delivered_to"
        }
    }

    /// A code to be checked, and whose.
    public struct VerifyRequest: Codable, Sendable {
        /// The user of the token, exactly, or `nil`; needed from a peer that acts by itself.
        public let username: String?
        /// Of the app, one that was sent, or a recovery code.
        public let otpCode: OTPCode

        /// With a user's token no name is needed.
        public init(username: String? = nil, otpCode: OTPCode) {
            self.username = username
            self.otpCode = otpCode
        }

        private enum CodingKeys: String, CodingKey {
            case username
            case otpCode = "otp_code"
        }
    }

    /// The token with which operations that need a verified code can be called.
    public struct Verified: Codable, Sendable {
        /// Always true: a code that was not right is an error.
        public let success: Bool
        /// A JWT of the same session that names the second factor.
        public let accessToken: String
        /// Always `bearer`.
        public let tokenType: String
        /// Seconds.
        public let expiresIn: Int

        package init(accessToken: String, tokenType: String, expiresIn: Int) {
            success = true
            self.accessToken = accessToken
            self.tokenType = tokenType
            self.expiresIn = expiresIn
        }

        private enum CodingKeys: String, CodingKey {
            case success
            case accessToken = "access_token"
            case tokenType = "token_type"
            case expiresIn = "expires_in"
        }
    }

    /// Exactly one of the two.
    public struct ContactRequest: Codable, Sendable {
        /// A plain address, 3 to 254 characters.
        public let email: String?
        /// E.164: `+4930123456`.
        public let phone: String?

        /// The service refuses both and neither.
        public init(email: String? = nil, phone: String? = nil) {
            self.email = email
            self.phone = phone
        }
    }

    /// What the gateway asks before an operation that needs a code `if_enrolled`.
    public struct StatusRequest: Codable, Sendable {
        /// The user of the token that the gateway has verified.
        public let username: String

        package init(username: String) { self.username = username }
    }

    /// Whether a user has a second factor.
    public struct Status: Codable, Sendable, Equatable {
        /// True once an enrolment was confirmed, false again after `disable` and `reset`.
        public let enrolled: Bool
        /// Under what "not enrolled" may be held; nil where it is to be asked for each time.
        public let standing: Standing?

        package init(enrolled: Bool, standing: Standing? = nil) {
            (self.enrolled, self.standing) = (enrolled, standing)
        }
    }
}

/// A code as it was sent: a JSON string, untouched. Numbers are refused here, other spellings by the service, and neither counts as a guess.
public struct OTPCode: Codable, Sendable, SchemaProviding, ExpressibleByStringLiteral {
    /// As it was sent: it may be no code at all. A secret while it is good; `description` and mirrors leave it out.
    public let text: String

    /// Takes any text; the service says whether it is a code.
    public init(_ text: String) { self.text = text }
    public init(stringLiteral text: String) { self.text = text }
    public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public static let schema = JSONSchema.string(
        6...29,
        "6 digits (or as many as are configured), nothing else; or a recovery code as it was shown"
    )
    public static let sample = OTPCode("000000")
}

/// A code is a secret until it is used: it does not appear where a request is printed.
extension OTPCode: CustomStringConvertible, CustomReflectable {
    public var description: String { "<one-time code>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
