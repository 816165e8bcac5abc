// TOTP, the time-based one-time code of RFC 6238: HOTP with the number of periods since 1970 as counter.
//
// Time is passed in. `match` says which step matched and does not remember it: the caller must refuse a step it has seen
// (RFC 6238 §5.2), and a database does that better than memory.

package struct TOTP: Sendable, Equatable {
    package let algorithm: HMAC.Algorithm
    package let digits: CodeDigits
    package let periodSeconds: Int

    /// What every authenticator app understands: SHA-1, 6 digits, 30 seconds.
    package static let standard = TOTP(unchecked: .sha1, .six, 30)

    /// Nil unless the period is 1–300 seconds.
    package init?(algorithm: HMAC.Algorithm = .sha1, digits: CodeDigits = .six, periodSeconds: Int = 30) {
        guard (1...300).contains(periodSeconds) else { return nil }
        self.init(unchecked: algorithm, digits, periodSeconds)
    }

    private init(unchecked algorithm: HMAC.Algorithm, _ digits: CodeDigits, _ periodSeconds: Int) {
        self.algorithm = algorithm
        self.digits = digits
        self.periodSeconds = periodSeconds
    }

    /// The step that a time falls into; times before 1970 have none.
    package func step(atUnixSeconds seconds: Int64) -> Int64? {
        seconds < 0 ? nil : seconds / Int64(periodSeconds)
    }

    /// The code of a step, which `step(atUnixSeconds:)` or `match` gave.
    package func code(secret: some KeyMaterial, step: Int64) -> String {
        HOTP.code(secret: secret, counter: UInt64(step), digits: digits, algorithm: algorithm)
    }

    /// The step whose code this is, among those at most `window` before or after `seconds`; nil where none matches.
    ///
    /// Every candidate is computed and compared in constant time, so that the answer's time does not tell the drift.
    package func match(
        _ code: OneTimeCode,
        secret: some KeyMaterial,
        atUnixSeconds seconds: Int64,
        window: Int64 = 1
    ) -> Int64? {
        guard let now = step(atUnixSeconds: seconds) else { return nil }
        var matched: Int64?
        for candidate in max(0, now - window)...(now + window) {
            let expected = self.code(secret: secret, step: candidate)
            if constantTimeEquals(Array(expected.utf8), Array(code.text.utf8)) { matched = candidate }
        }
        return matched
    }
}
