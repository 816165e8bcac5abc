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

    /// Two tokens as one, cut at what Typesense keeps of a word. It begins as no word does, so that the beginning of a word finds words.
    static func pair(_ first: String, _ second: String) -> String {
        String(Substring("qx\(first)qx\(second)".utf8.prefix(97)))
    }

    static func encode(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var code = String.UnicodeScalarView()
        for scalar in scalars {
            switch scalar {
            case "q": code.append(contentsOf: "qq".unicodeScalars)
            case "a"..."z", "0"..."9": code.append(scalar)
            default:
                let digits = String(scalar.value, radix: 36)
                code.append(contentsOf: "qz".unicodeScalars)
                code.append(contentsOf: repeatElement("0", count: 4 - digits.utf8.count))
                code.append(contentsOf: digits.unicodeScalars)
            }
        }
        return String(code)
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
            let next = encode([scalars[index]]).utf8.count
            if width + next > longest {
                pieces.append(start..<index)
                (start, width) = (index, 0)
            }
            width += next
        }
        return start < scalars.endIndex ? pieces + [start..<scalars.endIndex] : pieces
    }
}
