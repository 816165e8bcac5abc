// Base62 of fixed width: bytes read as one big-endian number, written with 0-9A-Za-z and leading zeros.
//
// Letters and digits only, so that a double click selects a whole key. The width belongs to the format: 20 bytes take
// 27 characters, 4 bytes take 6. Decoding refuses another width, other characters, and numbers too large for the bytes.

package enum Base62 {
    static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// `bytes` as exactly `width` characters; traps where they do not fit.
    package static func encode(_ bytes: [UInt8], width: Int) -> String {
        var number = bytes
        var text = [UInt8](repeating: alphabet[0], count: width)
        for position in text.indices.reversed() {
            text[position] = alphabet[divide(&number, by: 62)]
        }
        precondition(number.allSatisfy { $0 == 0 }, "base62 width too small")
        return String(decoding: text, as: UTF8.self)
    }

    /// The number in `text` as `byteCount` bytes, or nil where it is not base62 of `width` characters or too large.
    package static func decode(_ text: some StringProtocol, width: Int, byteCount: Int) -> [UInt8]? {
        guard text.utf8.count == width else { return nil }
        var number = [UInt8](repeating: 0, count: byteCount)
        for character in text.utf8 {
            guard let digit = value(of: character) else { return nil }
            guard multiply(&number, by: 62, adding: digit) else { return nil }
        }
        return number
    }

    private static func value(of character: UInt8) -> Int? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(character - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(character - UInt8(ascii: "A")) + 10
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(character - UInt8(ascii: "a")) + 36
        default: nil
        }
    }

    /// Divides the big-endian number in place and returns the remainder.
    private static func divide(_ number: inout [UInt8], by divisor: Int) -> Int {
        var remainder = 0
        for index in number.indices {
            let dividend = remainder << 8 | Int(number[index])
            number[index] = UInt8(dividend / divisor)
            remainder = dividend % divisor
        }
        return remainder
    }

    /// Multiplies the big-endian number in place; false where it overflows.
    private static func multiply(_ number: inout [UInt8], by factor: Int, adding summand: Int) -> Bool {
        var carry = summand
        for index in number.indices.reversed() {
            let product = Int(number[index]) * factor + carry
            number[index] = UInt8(truncatingIfNeeded: product)
            carry = product >> 8
        }
        return carry == 0
    }
}
