// A look-up secret (NIST SP 800-63B §5.1.2) for the day the phone is lost: 120 random bits, `XXXX-XXXX-XXXX-XXXX-XXXX-XXXX` in base32.
//
// With at least 112 bits a plain hash is enough (ASVS 11.5.1), so that it needs no key: it is meant to outlive them.

internal import Secrets

package struct RecoveryCode: Sendable, Equatable {
    static let byteCount = 15
    private static let groupLength = 4

    package let text: String

    init(bytes: [UInt8]) {
        let letters = Array(Base32.encode(bytes))
        text = stride(from: 0, to: letters.count, by: Self.groupLength)
            .map { String(letters[$0..<min($0 + Self.groupLength, letters.count)]) }
            .joined(separator: "-")
    }

    /// Nil unless the text is a recovery code exactly as it was shown.
    init?(_ text: String) {
        guard text.utf8.count == 29, let bytes = Base32.decode(text.filter { $0 != "-" }), bytes.count == Self.byteCount
        else {
            return nil
        }
        self.init(bytes: bytes)
        guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
    }

    /// What is stored of it.
    func hash(for user: AccountName) -> [UInt8] {
        SHA256.hash(Array("2fa.recovery/\(user.text)/\(text)".utf8))
    }
}
