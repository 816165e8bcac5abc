// Base32 of RFC 4648 §6, upper case: the form in which authenticator apps take a TOTP secret.
//
// Written without padding (apps and otpauth URIs want none). Read strictly: upper case, no spaces, zero fill bits, and
// padding either absent or exactly as RFC 4648 has it.

package enum Base32 {
    private static let alphabet = RadixAlphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    private static let padding = UInt8(ascii: "=")

    package static func encode(_ bytes: [UInt8]) -> String {
        alphabet.encode(bytes)
    }

    /// The bytes, or nil where the text is not base32.
    package static func decode(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        let body = characters.prefix { $0 != padding }
        let tail = characters.dropFirst(body.count)
        guard tail.isEmpty || (characters.count.isMultiple(of: 8) && tail.count < 8) else { return nil }
        guard tail.allSatisfy({ $0 == padding }) else { return nil }
        return alphabet.decode(body)
    }
}
