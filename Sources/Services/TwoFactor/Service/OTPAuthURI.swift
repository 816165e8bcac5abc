// The URI from which an authenticator app learns a secret:
//
//     otpauth://totp/FountainAI:ada?secret=GEZD…&issuer=FountainAI&algorithm=SHA1&digits=6&period=30

internal import Secrets

struct OTPAuthURI {
    let issuer: String
    let username: String
    let secret: String
    let totp: TOTP

    var text: String {
        let query = [
            "secret=\(secret)", "issuer=\(PercentEncoding.encode(issuer))", "algorithm=\(totp.algorithm.rawValue)",
            "digits=\(totp.digits.rawValue)", "period=\(totp.periodSeconds)",
        ]
        return
            "otpauth://totp/\(PercentEncoding.encode(issuer)):\(PercentEncoding.encode(username))?\(query.joined(separator: "&"))"
    }
}
