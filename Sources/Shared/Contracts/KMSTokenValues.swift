// What goes in and out of the KMS about access tokens: the public keys, and what peers ask.

public import Leases

extension KMS {
    /// A JSON Web Key Set (RFC 7517) of Ed25519 keys (RFC 8037).
    public struct KeySet: Codable, Sendable, Equatable {
        /// The one that signs, those to come, and those whose tokens have not expired yet.
        public let keys: [PublicKey]
        package init(keys: [PublicKey]) { self.keys = keys }
    }

    /// An Ed25519 key in the spelling of JSON Web Keys (RFC 8037 §2).
    public struct PublicKey: Codable, Sendable, Equatable {
        /// Always `OKP`.
        public let kty: String
        /// Always `Ed25519`.
        public let crv: String
        /// Always `sig`.
        public let use: String
        /// Always `EdDSA`.
        public let alg: String
        /// What the header of a token names; one a key.
        public let kid: String
        /// The key, 32 bytes in base64url.
        public let x: String

        package init(kid: String, x: String) {
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
        /// The token's id; it begins with that of its session (`KMS.session(ofTokenID:)`).
        public let jti: String
        /// The user's name.
        public let sub: String
        /// The key that has signed it.
        public let kid: String
        /// Unix seconds.
        public let iat: Int
        /// Unix seconds.
        public let exp: Int
        /// As the token claims them: where the account has others now, the token is not active.
        public let roles: [String]

        package init(jti: String, sub: String, kid: String, iat: Int, exp: Int, roles: [String]) {
            self.jti = jti
            self.sub = sub
            self.kid = kid
            self.iat = iat
            self.exp = exp
            self.roles = roles
        }
    }

    /// What `KMS.rotateSigningKey` is asked.
    public struct SigningKeyRotation: Codable, Sendable {
        /// True where a key has leaked: every key and every session ends at once.
        public let revoke: Bool?

        /// Without `revoke` it is a planned change: tokens signed before stay good until they end.
        public init(revoke: Bool? = nil) { self.revoke = revoke }
    }

    /// Whether a token that is good by itself has been revoked.
    public struct TokenVerdict: Codable, Sendable, Equatable {
        /// False where the token is refused; why is not said.
        public let active: Bool
        /// Under what it may be held; nil where it is to be asked for each time.
        public let standing: Standing?

        package init(active: Bool, standing: Standing? = nil) { (self.active, self.standing) = (active, standing) }

        /// A refusal, which is never held under a lease.
        public static let inactive = TokenVerdict(active: false)
    }

    /// What the 2FA service asks when a code was right.
    public struct StepUpRequest: Codable, Sendable {
        /// The user whose code it was; has to be the one whose session the token is of.
        public let username: Username
        /// The `jti` of the first-factor token; the new token joins its session, and is refused where that has ended.
        public let tokenID: String
        /// The methods just verified (RFC 8176): `otp`, `sms`, `mfa`, …; added to those of the session.
        public let amr: [String]
        /// What the second factor amounts to; the default is `KMS.secondFactor`.
        public let acr: String?

        package init(username: Username, tokenID: String, amr: [String], acr: String? = nil) {
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

    /// An access token that names a second factor. It has no refresh token: the session keeps the one that it has.
    public struct SteppedUpToken: Codable, Sendable, Equatable {
        /// A JWT as that of a login, with the new `amr` and `acr`.
        public let accessToken: String
        /// Always `bearer`.
        public let tokenType: String
        /// Seconds until it expires.
        public let expiresIn: Int

        package init(accessToken: String, expiresIn: Int) {
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

    /// What the 2FA service asks when a second factor has changed.
    public struct SessionsToEnd: Codable, Sendable {
        /// Whose sessions end.
        public let username: Username
        /// The session that stays (`KMS.session(ofTokenID:)`).
        public let except: String?

        package init(username: Username, except: String? = nil) {
            self.username = username
            self.except = except
        }
    }

    /// What `KMS.revokeTokens` is asked; one of the two is needed.
    public struct Revocation: Codable, Sendable {
        /// All tokens and sessions of this user.
        public let username: Username?
        /// The one token with this id, and its session.
        public let jti: String?

        /// The service refuses one that names neither.
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
