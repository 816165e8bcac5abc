// HOTP, the counter-based one-time code of RFC 4226, also over SHA-256 and SHA-512 as RFC 6238 extends it.

package enum HOTP {
    /// RFC 4226 §4 asks for at least 128 bits and recommends 160.
    package static let recommendedSecretByteCount = 20

    /// The code for `counter`, with leading zeros.
    package static func code(
        secret: some KeyMaterial,
        counter: UInt64,
        digits: CodeDigits = .six,
        algorithm: HMAC.Algorithm = .sha1
    ) -> String {
        let mac = HMAC.authenticate(algorithm, key: secret, message: BigEndian.bytes(counter))
        let number = String(truncate(mac) % powerOfTen(digits.rawValue))
        return String(repeating: "0", count: digits.rawValue - number.count) + number
    }

    /// Dynamic truncation (§5.3): 31 bits from where the last half byte points.
    private static func truncate(_ mac: [UInt8]) -> UInt32 {
        let offset = Int(mac[mac.count - 1] & 0x0F)
        return BigEndian.number(mac[offset..<(offset + 4)]) & 0x7FFF_FFFF
    }

    private static func powerOfTen(_ exponent: Int) -> UInt32 {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}
