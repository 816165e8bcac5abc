// Which new passwords are refused although they are long enough: the common ones, and those that are the username.
//
// Both are compared in lower case (OWASP ASVS 5.0, 6.2.4 and 6.2.11). Nothing is asked about kinds of characters (6.2.5).

import Bus
import Contracts

enum PasswordRules {
    /// - Throws: `Failure` with `invalid_request` naming `field`.
    static func check(_ password: KMS.NewPassword, of username: String, field: String) throws(Failure) {
        let lowered = password.text.lowercased()
        guard !CommonPasswords.all.contains(lowered) else {
            throw .invalid(field, "is one of the most common passwords: choose one that nobody would guess")
        }
        guard lowered != username else { throw .invalid(field, "must not be the username") }
    }
}
