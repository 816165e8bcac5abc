// Text that Swift compares in linear time: no run of combining marks is longer than any language needs (UAX #15 §13, "Stream-Safe Text Format").
//
// `==`, `<`, hashes, and all that looks for a Character go through the normal form, which sorts the marks of a run by insertion. Half a million
// of them in the wrong order, less than a mebibyte, are minutes of one processor (measured: 0.13 s for 16,000, and four times that for twice as
// many). So text from outside is held against this rule before anything else is done with it; it is refused, never changed. Pure, and linear.

package enum StreamSafe {
    /// How many marks may follow each other (UAX #15, D3).
    package static let mostMarks = 30

    /// Whether UTF-8 keeps the rule. What is not UTF-8 in it is no mark.
    package static func keeps(_ text: Span<UInt8>) -> Bool { isWithoutMarks(text) || !hasLongRun(text, escaped: false) }

    /// The same for JSON, where a mark may be written as an escape.
    package static func keepsInJSON(_ text: Span<UInt8>) -> Bool {
        isWithoutMarks(text) || !hasLongRun(text, escaped: true)
    }

    /// Whether a scalar follows another one in a normal form: what is sorted, or is decomposed into what is sorted.
    package static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case ..<0x300: false
        // Their own class says nothing of their parts, which are two marks each (UAX #15 §13).
        case 0x0F73, 0x0F75, 0x0F81: true
        default: scalar.properties.canonicalCombiningClass != .notReordered
        }
    }

    /// Nearly every text, known without a branch a byte: ASCII without a backslash.
    private static func isWithoutMarks(_ text: Span<UInt8>) -> Bool {
        var seen: UInt8 = 0
        for index in text.indices { seen |= text[index] | (text[index] == UInt8(ascii: "\\") ? 0x80 : 0) }
        return seen < 0x80
    }

    private static func hasLongRun(_ text: Span<UInt8>, escaped: Bool) -> Bool {
        var (index, marks) = (0, 0)
        while index < text.count {
            let (scalar, count) = scalar(text, index, escaped)
            marks = scalar.map(isMark) == true ? marks + 1 : 0
            guard marks <= mostMarks else { return true }
            index += count
        }
        return false
    }

    /// What stands at a place, and in how many bytes; nil for what is no scalar by itself.
    private static func scalar(_ text: Span<UInt8>, _ index: Int, _ escaped: Bool) -> (Unicode.Scalar?, Int) {
        let byte = text[index]
        if byte < 0x80 { return byte == UInt8(ascii: "\\") && escaped ? escape(text, index) : (nil, 1) }
        // Lead bytes of two, three and four; the first mark is U+0300, which begins with 0xCC.
        let count = byte < 0xC2 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        guard byte >= 0xCC, index + count <= text.count else { return (nil, 1) }
        var value = UInt32(byte) & (0xFF >> UInt32(count + 1))
        for offset in 1..<count { value = value << 6 | UInt32(text[index + offset] & 0x3F) }
        return (Unicode.Scalar(value), count)
    }

    /// `\uXXXX`, two of them for one scalar beyond U+FFFF; any other escape is no mark.
    private static func escape(_ text: Span<UInt8>, _ index: Int) -> (Unicode.Scalar?, Int) {
        guard let high = unit(text, index) else { return (nil, 2) }
        guard UTF16.isLeadSurrogate(high), let low = unit(text, index + 6), UTF16.isTrailSurrogate(low) else {
            return (Unicode.Scalar(UInt32(high)), 6)
        }
        return (Unicode.Scalar(0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00)), 12)
    }

    private static func unit(_ text: Span<UInt8>, _ index: Int) -> UInt16? {
        guard index + 6 <= text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var value: UInt16 = 0
        for offset in 2..<6 {
            guard let digit = Character(Unicode.Scalar(text[index + offset])).hexDigitValue else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}

extension String {
    /// Whether it may be compared, hashed and looked through: see `StreamSafe`.
    package var isStreamSafe: Bool {
        let bytes = utf8
        return StreamSafe.keeps(bytes.span)
    }
}
