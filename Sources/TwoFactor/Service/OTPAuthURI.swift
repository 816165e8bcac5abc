// The URI from which an authenticator app learns a secret:
//
//     otpauth://totp/FountainAI:ada?secret=GEZD…&issuer=FountainAI&algorithm=SHA1&digits=6&period=30
//
// Everything but RFC 3986's unreserved characters is percent-encoded: a `+` for a space would be shown as one by some apps.

internal import Secrets

struct OTPAuthURI {
    let issuer: String
    let username: String
    let secret: String
    let totp: TOTP

    var text: String {
        let query = [
            "secret=\(secret)", "issuer=\(Self.encoded(issuer))", "algorithm=\(totp.algorithm.rawValue)",
            "digits=\(totp.digits.rawValue)", "period=\(totp.periodSeconds)",
        ]
        return "otpauth://totp/\(Self.encoded(issuer)):\(Self.encoded(username))?\(query.joined(separator: "&"))"
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { isUnreserved($0) ? String(UnicodeScalar($0)) : "%" + hex($0) }.joined()
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 2 ? digits : "0" + digits
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }
}
