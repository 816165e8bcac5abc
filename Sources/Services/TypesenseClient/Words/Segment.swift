// What a word is: the one rule for both engines, over a folded text.
//
//     word         letters, digits and their marks; apostrophes and hyphens between them join:  king's   to-night
//     ideographs   a run of a script that writes no spaces: Han, Kana, Hangul, Thai, Lao, Khmer, Myanmar
//     symbol       an emoji or another sign by itself
//
// Everything else parts them and is found by nothing.

struct Segment: Equatable {
    enum Kind: Equatable {
        case word
        case ideographs
        case symbol
    }

    let kind: Kind
    /// In the folded text: a word's parts between its joiners; each single ideograph; the symbol.
    let parts: [Range<Int>]
    /// Between the parts of a word: `'` or `-`.
    let joiners: [Unicode.Scalar]

    var range: Range<Int> { (parts.first?.lowerBound ?? 0)..<(parts.last?.upperBound ?? 0) }

    static func all(in text: FoldedText) -> [Segment] {
        var segments: [Segment] = []
        var index = 0
        while index < text.scalars.count {
            let segment: Segment? =
                switch ScalarKind(text.scalars[index]) {
                case .letter: word(in: text, from: index)
                case .ideograph: ideographs(in: text, from: index)
                case .symbol: symbol(in: text, from: index)
                case .joiner, .other: nil
                }
            index = max(index + 1, segment?.range.upperBound ?? 0)
            if let segment, segment.hasLetter(in: text) { segments.append(segment) }
        }
        return segments
    }

    private static func word(in text: FoldedText, from start: Int) -> Segment {
        var (parts, joiners) = ([Range<Int>](), [Unicode.Scalar]())
        var (begin, index) = (start, start)
        while true {
            while isAt(index, .letter, in: text) { index += 1 }
            parts.append(begin..<index)
            guard isAt(index, .joiner, in: text), isAt(index + 1, .letter, in: text) else { break }
            joiners.append(ScalarKind.plain(text.scalars[index]))
            index += 1
            begin = index
        }
        return Segment(kind: .word, parts: parts, joiners: joiners)
    }

    private static func ideographs(in text: FoldedText, from start: Int) -> Segment {
        var end = start
        while isAt(end, .ideograph, in: text) { end += 1 }
        return Segment(kind: .ideographs, parts: (start..<end).map { $0..<$0 + 1 }, joiners: [])
    }

    /// All that one letter of the source became: an emoji may be several, joined.
    private static func symbol(in text: FoldedText, from start: Int) -> Segment {
        var end = start + 1
        while end < text.scalars.count, text.origin(of: end) == text.origin(of: start) { end += 1 }
        return Segment(kind: .symbol, parts: [start..<end], joiners: [])
    }

    private static func isAt(_ index: Int, _ kind: ScalarKind, in text: FoldedText) -> Bool {
        index < text.scalars.count && ScalarKind(text.scalars[index]) == kind
    }

    /// A mark that stands alone is no word.
    private func hasLetter(in text: FoldedText) -> Bool {
        guard kind == .word else { return true }
        return text.scalars[range].contains {
            $0.isPlain || $0.isLetterOfAWord || $0.properties.numericType != nil
        }
    }
}

/// What a scalar is to the rule.
private enum ScalarKind {
    case letter
    case ideograph
    case symbol
    case joiner
    case other

    private static let apostrophes: Set<Unicode.Scalar> = ["'", "\u{2018}", "\u{2019}", "\u{2BC}"]
    private static let hyphens: Set<Unicode.Scalar> = ["-", "\u{2010}", "\u{2011}"]
    /// Thai, Lao; Myanmar; Hangul; Khmer; Kana, Bopomofo; Han with its signs for repetition.
    private static let unspaced: [ClosedRange<UInt32>] = [
        0x0E01...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3005...0x3007, 0x3041...0x312F, 0x31A0...0x31FF,
        0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0x20000...0x3FFFF,
    ]

    init(_ scalar: Unicode.Scalar) {
        if scalar.isASCII {
            self = scalar.isPlain ? .letter : scalar == "'" || scalar == "-" ? .joiner : .other
        } else if Self.apostrophes.contains(scalar) || Self.hyphens.contains(scalar) {
            self = .joiner
        } else if scalar.isSymbol {
            self = .symbol
        } else if scalar.isLetterOfAWord || scalar.isMark || scalar.properties.numericType != nil {
            self = Self.unspaced.contains { $0.contains(scalar.value) } ? .ideograph : .letter
        } else {
            self = .other
        }
    }

    /// One apostrophe, one hyphen.
    static func plain(_ joiner: Unicode.Scalar) -> Unicode.Scalar { apostrophes.contains(joiner) ? "'" : "-" }
}

extension Unicode.Scalar {
    /// A folded letter or a digit of ASCII: most of what there is, so it is looked at first.
    fileprivate var isPlain: Bool { ("a"..."z").contains(self) || ("0"..."9").contains(self) }

    fileprivate var isLetterOfAWord: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber,
            .privateUse:
            true
        default: false
        }
    }

    fileprivate var isMark: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }
}
