// Hexadecimal, lower case; decoding takes lower case only, so that a digest has one text.

package enum Hex {
    private static let alphabet = RadixAlphabet("0123456789abcdef")

    package static func encode(_ bytes: [UInt8]) -> String {
        alphabet.encode(bytes)
    }

    /// The bytes, or nil for an odd length or anything but `0-9a-f`.
    package static func decode(_ text: String) -> [UInt8]? {
        alphabet.decode(Array(text.utf8)[...])
    }
}
