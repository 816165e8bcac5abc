// A token in ASCII letters and digits, whatever it is of: what comes first in the word comes first in the code, so beginnings stay beginnings.
//
//     a–p r–z 0–9    themselves
//     q              qq
//     others         qz and four digits to the base 36 of the scalar:   é  qz006h
//
// Typesense makes ASCII of letters by rules of its own, drops what it cannot, and cuts words at 100 bytes; FTS5 parts them by its own.

enum TokenCode {
    /// Bytes that a token has at most.
    static let longest = 90
    /// A token of no text.
    static let end = "qy"

    /// What Typesense keeps of a word.
    private static let longestPair = 97

    /// Two tokens as one. It begins as no word does, so that the beginning of a word finds words.
    static func pair(_ first: String, _ second: String) -> String {
        String(Substring("qx\(first)qx\(second)".utf8.prefix(longestPair)))
    }

    /// Of the second token of a pair, what is in the pair.
    static func seen(of second: String, behind first: String) -> String {
        String(Substring(second.utf8.prefix(longestPair - 4 - first.utf8.count)))
    }

    static func encode(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var code: [UInt8] = []
        write(scalars, to: &code)
        return String(decoding: code, as: UTF8.self)
    }

    /// The same behind what is there.
    static func write(_ scalars: some Sequence<Unicode.Scalar>, to code: inout [UInt8]) {
        for scalar in scalars {
            switch scalar {
            case "q": code += "qq".utf8
            case "a"..."z", "0"..."9": code.append(UInt8(truncatingIfNeeded: scalar.value))
            default:
                let digits = String(scalar.value, radix: 36).utf8
                code += "qz".utf8
                code += repeatElement(UInt8(ascii: "0"), count: 4 - digits.count)
                code += digits
            }
        }
    }

    /// `pair`, behind what is there.
    static func write(
        pair first: some Sequence<Unicode.Scalar>,
        _ second: some Sequence<Unicode.Scalar>,
        to code: inout [UInt8]
    ) {
        let start = code.count
        code += "qx".utf8
        write(first, to: &code)
        code += "qx".utf8
        write(second, to: &code)
        code.removeLast(max(0, code.count - start - longestPair))
    }

    /// Letters and digits that a scalar becomes.
    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar {
        case "q": 2
        case "a"..."z", "0"..."9": 1
        default: 6
        }
    }

    /// What a token was made of; `nil` for a pair, or what is no token.
    static func decode(_ token: String) -> String? {
        var (word, rest) = (String.UnicodeScalarView(), token.unicodeScalars[...])
        while let first = rest.popFirst() {
            guard first == "q" else {
                word.append(first)
                continue
            }
            switch rest.popFirst() {
            case "q": word.append("q")
            case "z":
                guard let value = UInt32(String(rest.prefix(4)), radix: 36), let scalar = Unicode.Scalar(value) else {
                    return nil
                }
                word.append(scalar)
                rest = rest.dropFirst(4)
            default: return nil
            }
        }
        return String(word)
    }

    /// Cut so that each piece fits into a token.
    static func pieces(_ scalars: ArraySlice<Unicode.Scalar>) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var (start, width) = (scalars.startIndex, 0)
        for index in scalars.indices {
            let next = Self.width(scalars[index])
            if width + next > longest {
                pieces.append(start..<index)
                (start, width) = (index, 0)
            }
            width += next
        }
        return start < scalars.endIndex ? pieces + [start..<scalars.endIndex] : pieces
    }
}
