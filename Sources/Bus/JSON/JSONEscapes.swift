// Escapes in JSON texts (RFC 8259 §7), in both directions.

package enum JSONEscapes {
    /// The text that was written; nil for an escape that does not exist and for half a surrogate pair.
    static func unescaped(_ bytes: ArraySlice<UInt8>) -> String? {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                plain.append(byte)
                continue
            }
            guard let scalar = scalar(&rest) else { return nil }
            plain.append(contentsOf: UTF8.encode(scalar) ?? .encodedReplacementCharacter)
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static func scalar(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
        switch rest.popFirst() {
        case UInt8(ascii: "\""): "\""
        case UInt8(ascii: "\\"): "\\"
        case UInt8(ascii: "/"): "/"
        case UInt8(ascii: "b"): "\u{8}"
        case UInt8(ascii: "f"): "\u{C}"
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "r"): "\r"
        case UInt8(ascii: "t"): "\t"
        case UInt8(ascii: "u"): unicode(&rest)
        default: nil
        }
    }

    private static func unicode(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard let unit = fourDigits(&rest) else { return nil }
        guard UTF16.isLeadSurrogate(UInt16(unit)) else { return Unicode.Scalar(unit) }
        guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"),
            let second = fourDigits(&rest), UTF16.isTrailSurrogate(UInt16(second))
        else { return nil }
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (second - 0xDC00))
    }

    private static func fourDigits(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
        guard rest.count >= 4 else { return nil }
        let digits = rest.prefix(4)
        rest = rest.dropFirst(4)
        guard digits.allSatisfy({ isHexDigit($0) }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// Whether a byte of a text has to be escaped.
    static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Whether any byte of a text has to be.
    static func isNeeded(in text: String) -> Bool {
        let utf8 = text.utf8
        let bytes = utf8.span
        var seen: UInt8 = 0
        return firstSpecial(in: bytes, from: 0, &seen) < bytes.count
    }

    /// Whether a text is ASCII and none of its bytes has to be escaped.
    static func isPlain(_ text: String) -> Bool {
        let utf8 = text.utf8
        let bytes = utf8.span
        var seen: UInt8 = 0
        return firstSpecial(in: bytes, from: 0, &seen) == bytes.count && seen < 0x80
    }

    /// Looks at sixteen bytes at a time without a branch, which compiles to a few instructions for all of them.
    ///
    /// - Parameters:
    ///   - bytes: What is looked through.
    ///   - start: Where to begin.
    ///   - seen: Gets the bits of all bytes before: 0x80 among them tells that they are not all ASCII.
    /// - Returns: Where the first byte stands that has to be escaped or ends a text; the number of bytes where there is none.
    static func firstSpecial(in bytes: Span<UInt8>, from start: Int, _ seen: inout UInt8) -> Int {
        var at = start
        while at + 16 <= bytes.count {
            var special: UInt8 = 0
            var bits: UInt8 = 0
            for offset in 0..<16 {
                special |= mark(bytes[at &+ offset])
                bits |= bytes[at &+ offset]
            }
            if special != 0 { break }
            seen |= bits
            at += 16
        }
        while at < bytes.count, mark(bytes[at]) == 0 {
            seen |= bytes[at]
            at += 1
        }
        return at
    }

    /// 1 for a byte that has to be escaped, without a branch.
    private static func mark(_ byte: UInt8) -> UInt8 {
        (byte < 0x20 ? 1 : 0) | (byte == UInt8(ascii: "\"") ? 1 : 0) | (byte == UInt8(ascii: "\\") ? 1 : 0)
    }

    /// Writes a text with its quotes.
    package static func quote(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        if isNeeded(in: text) {
            for byte in text.utf8 {
                if isSpecial(byte) { append(byte, to: &bytes) } else { bytes.append(byte) }
            }
        } else {
            bytes.append(contentsOf: text.utf8)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func append(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0..<0x20: bytes.append(contentsOf: [0x75, 0x30, 0x30, 0x30 + byte >> 4, hexDigit(byte & 15)])
        default: bytes.append(byte)
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
