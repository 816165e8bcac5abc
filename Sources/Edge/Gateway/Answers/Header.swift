// Words of others, made fit for a header field.

internal import Bus

enum Header {
    /// What may stand between quotes (RFC 9110 `quoted-string`, without escapes): other characters become blanks.
    static func quotable(_ text: String) -> String {
        String(
            decoding: text.utf8.map { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C ? $0 : 0x20 },
            as: UTF8.self
        )
    }

    /// RFC 9470: what the token would have to prove.
    static func stepUp(_ challenge: Failure.Challenge) -> String {
        let age = challenge.maxAge.map { ", max_age=\"\($0)\"" } ?? ""
        return "Bearer error=\"insufficient_user_authentication\", "
            + "acr_values=\"\(quotable(challenge.acrValues))\"\(age)"
    }
}
