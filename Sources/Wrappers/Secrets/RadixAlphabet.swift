// The bit-packing shared by hex, base32 and base64: every character carries 4, 5 or 6 bits, first bit first.
//
//     bytes   01001000 01101001            "Hi"
//     base32  01001 00001 10100 1·0000     JBUQ      the last character is filled with zero bits
//
// Decoding is strict: an unknown character, a length that no bytes have, or fill bits that are not zero give nil.
// So every value has exactly one text, and nobody can dress up one token as two.

struct RadixAlphabet: Sendable {
    private let bits: Int
    private let characters: [UInt8]
    /// By byte; `unknown` for bytes that are no character.
    private let values: [UInt8]
    private static let unknown: UInt8 = 0xFF

    /// An alphabet of 16, 32 or 64 different ASCII characters.
    init(_ text: String) {
        characters = Array(text.utf8)
        bits = characters.count.trailingZeroBitCount
        precondition(characters.count == 1 << bits && bits <= 6, "size of an alphabet")
        var values = [UInt8](repeating: Self.unknown, count: 256)
        for (value, character) in characters.enumerated() { values[Int(character)] = UInt8(value) }
        self.values = values
    }

    func encode(_ bytes: [UInt8]) -> String {
        let count = (bytes.count * 8 + bits - 1) / bits
        return unsafe String(unsafeUninitializedCapacity: count) { text in
            var buffer = 0
            var pending = 0
            var index = 0
            for byte in bytes {
                buffer = (buffer << 8 | Int(byte)) & 0xFFFF
                pending += 8
                while pending >= bits {
                    pending -= bits
                    unsafe text[index] = characters[buffer >> pending & (1 << bits - 1)]
                    index += 1
                }
            }
            if pending > 0 { unsafe text[index] = characters[buffer << (bits - pending) & (1 << bits - 1)] }
            return count
        }
    }

    func decode(_ text: [UInt8].SubSequence) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * bits / 8)
        var buffer = 0
        var pending = 0
        for character in text {
            let value = values[Int(character)]
            guard value != Self.unknown else { return nil }
            buffer = (buffer << bits | Int(value)) & 0xFFFF
            pending += bits
            if pending >= 8 {
                pending -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> pending))
            }
        }
        // A whole unused character, or fill bits that are not zero, would be a second spelling of the same bytes.
        guard pending < bits, buffer & (1 << pending - 1) == 0 else { return nil }
        return bytes
    }
}
