// What goes in and out of the KMS about access tokens: the public keys, and what peers ask.

public import Leases

extension KMS {
    /// A JSON Web Key Set (RFC 7517) of Ed25519 keys (RFC 8037).
    public struct KeySet: Codable, Sendable, Equatable {
        public let keys: [PublicKey]
        public init(keys: [PublicKey]) { self.keys = keys }
    }

    public struct PublicKey: Codable, Sendable, Equatable {
        public let kty: String
        public let crv: String
        public let use: String
        public let alg: String
        public let kid: String
        /// The key, 32 bytes in base64url.
        public let x: String

        public init(kid: String, x: String) {
            kty = "OKP"
            crv = "Ed25519"
            use = "sig"
            alg = "EdDSA"
            self.kid = kid
            self.x = x
        }
    }

    /// What a token says, as far as the KMS knows better: which key has signed it, for whom, with which rights, how long.
    public struct TokenToCheck: Codable, Sendable {
        public let jti: String
        public let sub: String
        public let kid: String
        /// Unix seconds.
        public let iat: Int
        /// Unix seconds.
        public let exp: Int
        public let roles: [String]

        public init(jti: String, sub: String, kid: String, iat: Int, exp: Int, roles: [String]) {
            self.jti = jti
            self.sub = sub
            self.kid = kid
            self.iat = iat
            self.exp = exp
            self.roles = roles
        }
    }

    public struct SigningKeyRotation: Codable, Sendable {
        /// True where a key has leaked: every key and every session ends at once.
        public let revoke: Bool?

        public init(revoke: Bool? = nil) { self.revoke = revoke }
    }

    public struct TokenVerdict: Codable, Sendable, Equatable {
        public let active: Bool
        /// Under what it may be held; nil where it is to be asked for each time.
        public let standing: Standing?

        public init(active: Bool, standing: Standing? = nil) { (self.active, self.standing) = (active, standing) }

        public static let inactive = TokenVerdict(active: false)
    }

    public struct StepUpRequest: Codable, Sendable {
        public let username: Username
        /// The `jti` of the first-factor token; the new token joins its session, and is refused where that has ended.
        public let tokenID: String
        /// The methods just verified (RFC 8176): `otp`, `sms`, `mfa`, …; added to those of the session.
        public let amr: [String]
        /// What the second factor amounts to; the default is `KMS.secondFactor`.
        public let acr: String?

        public init(username: Username, tokenID: String, amr: [String], acr: String? = nil) {
            self.username = username
            self.tokenID = tokenID
            self.amr = amr
            self.acr = acr
        }

        enum CodingKeys: String, CodingKey {
            case username, amr, acr
            case tokenID = "token_id"
        }
    }

    public struct SteppedUpToken: Codable, Sendable, Equatable {
        public let accessToken: String
        /// Always `bearer`.
        public let tokenType: String
        public let expiresIn: Int

        public init(accessToken: String, expiresIn: Int) {
            self.accessToken = accessToken
            tokenType = "bearer"
            self.expiresIn = expiresIn
        }

        enum CodingKeys: String, CodingKey {
            case accessToken = "access_token"
            case tokenType = "token_type"
            case expiresIn = "expires_in"
        }
    }

    public struct SessionsToEnd: Codable, Sendable {
        public let username: Username
        /// The session that stays (`KMS.session(ofTokenID:)`).
        public let except: String?

        public init(username: Username, except: String? = nil) {
            self.username = username
            self.except = except
        }
    }

    public struct Revocation: Codable, Sendable {
        public let username: Username?
        public let jti: String?

        public init(username: Username? = nil, jti: String? = nil) {
            self.username = username
            self.jti = jti
        }
    }

    /// The session that a token belongs to; it begins the token's `jti` and is the same for all tokens of one login.
    public static func session(ofTokenID id: String) -> String { String(id.prefix { $0 != "." }) }

    /// `acr` of a token that a password alone has brought (NIST SP 800-63B, AAL1).
    public static let firstFactor = "aal1"
    /// `acr` of a token after a verified one-time password (AAL2).
    public static let secondFactor = "aal2"
}
