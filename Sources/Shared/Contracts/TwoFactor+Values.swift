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

        public init(secret: String, otpauthURI: String, qrSVG: String) {
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
        public let otpCode: OTPCode

        public init(otpCode: OTPCode) { self.otpCode = otpCode }

        private enum CodingKeys: String, CodingKey { case otpCode = "otp_code" }
    }

    /// Each opens the account once when the app is lost.
    public struct RecoveryCodes: Codable, Sendable {
        public let recoveryCodes: [String]

        public init(recoveryCodes: [String]) { self.recoveryCodes = recoveryCodes }

        private enum CodingKeys: String, CodingKey { case recoveryCodes = "recovery_codes" }
    }

    public struct GenerateRequest: Codable, Sendable {
        public let username: String?

        public init(username: String? = nil) { self.username = username }
    }

    /// Where a code went and how long it lives.
    public struct Delivery: Codable, Sendable {
        /// Unix seconds.
        public let expiresAt: Int64
        /// Masked: `t•••@e•••.org`, `•••• 4567`.
        public let deliveredTo: String

        public init(expiresAt: Int64, deliveredTo: String) {
            self.expiresAt = expiresAt
            self.deliveredTo = deliveredTo
        }

        private enum CodingKeys: String, CodingKey {
            case expiresAt = "expires_at"
            case deliveredTo = "delivered_to"
        }
    }

    public struct VerifyRequest: Codable, Sendable {
        public let username: String?
        public let otpCode: OTPCode

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
        public let success: Bool
        public let accessToken: String
        public let tokenType: String
        /// Seconds.
        public let expiresIn: Int

        public init(accessToken: String, tokenType: String, expiresIn: Int) {
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
        public let email: String?
        /// E.164: `+4930123456`.
        public let phone: String?

        public init(email: String? = nil, phone: String? = nil) {
            self.email = email
            self.phone = phone
        }
    }

    public struct StatusRequest: Codable, Sendable {
        public let username: String

        public init(username: String) { self.username = username }
    }

    public struct Status: Codable, Sendable, Equatable {
        public let enrolled: Bool
        /// Under what "not enrolled" may be held; nil where it is to be asked for each time.
        public let standing: Standing?

        public init(enrolled: Bool, standing: Standing? = nil) { (self.enrolled, self.standing) = (enrolled, standing) }
    }
}

/// A code as it was sent: a JSON string, untouched. Numbers are refused here, other spellings by the service, and neither counts as a guess.
public struct OTPCode: Codable, Sendable, SchemaProviding, ExpressibleByStringLiteral {
    public let text: String

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
