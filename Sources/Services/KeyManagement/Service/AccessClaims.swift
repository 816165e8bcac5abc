// What an access token says (RFC 7519; `amr` RFC 8176; `acr` and `auth_time` as RFC 9470 asks; `roles` RFC 9068 §2.2.3).
//
// `jti` is "<session>.<random>" (`KMS.session(ofTokenID:)`): whoever ends a session has revoked all its tokens, without a list of them.

struct AccessClaims: Codable, Sendable, Equatable {
    let iss: String
    let aud: String
    let sub: String
    let jti: String
    let iat: Int
    let exp: Int
    let authTime: Int
    let roles: [String]
    let amr: [String]
    let acr: String
    /// Always `access`, so that no other kind of token of ours is taken for one.
    let tokenUse: String

    enum CodingKeys: String, CodingKey {
        case iss, aud, sub, jti, iat, exp, roles, amr, acr
        case authTime = "auth_time"
        case tokenUse = "token_use"
    }
}
