// Base64 of RFC 4648 without padding: the URL alphabet for tokens and key files, the classic one for PHC strings.
//
// Padding, line breaks and non-zero fill bits are refused in both.

package enum Base64URL {
    private static let alphabet = RadixAlphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    package static func encode(_ bytes: [UInt8]) -> String {
        alphabet.encode(bytes)
    }

    /// The bytes, or nil where the text is not unpadded base64url.
    package static func decode(_ text: String) -> [UInt8]? {
        decode(Array(text.utf8)[...])
    }

    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        alphabet.decode(text)
    }
}

/// The classic alphabet, unpadded, as the PHC string format asks.
enum Base64 {
    private static let alphabet = RadixAlphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

    static func encode(_ bytes: [UInt8]) -> String {
        alphabet.encode(bytes)
    }

    static func decode(_ text: Substring) -> [UInt8]? {
        alphabet.decode(Array(text.utf8)[...])
    }
}
