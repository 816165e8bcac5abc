// A text as it is compared: without case, accents and other ways to write the same letter. Each scalar knows where it came from.
//
//     Łódź      lodz          letters that are a base with a stroke, and marks on letters
//     STRASSE   strasse       straße the same: case is folded in full, so sharp s is ss and a final sigma is a sigma
//     ﬁｌｅ      file          ligatures and full-width letters (NFKD)
//     كِتَاب      كتاب          vowel points and the tatweel; Hebrew points as well
//
// Letter by letter, so NFC and NFD come out alike. What is not a letter stays: it parts words (`Segment`).

import Foundation

struct FoldedText: Sendable, Equatable {
    private(set) var scalars: [Unicode.Scalar] = []
    /// For each of them, the scalars of the source that it came from; `nil` where each came from the one at its own place.
    private var origins: [Range<Int>]?

    init(_ text: String) {
        scalars.reserveCapacity(text.utf8.count)
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            for byte in text.utf8 { scalars.append(Self.lowered(Unicode.Scalar(byte))) }
        } else {
            fold(text)
        }
    }

    /// The scalars of the source that one came from.
    func origin(of index: Int) -> Range<Int> { origins?[index] ?? index..<index + 1 }

    private mutating func fold(_ text: String) {
        origins = []
        var place = 0
        for letter in text {
            let count = letter.unicodeScalars.count
            if count == 1, let scalar = letter.unicodeScalars.first, scalar.isASCII {
                append(Self.lowered(scalar), from: place..<place + 1)
            } else {
                let text = count > Self.mostScalars ? Self.bounded(letter.unicodeScalars) : String(letter)
                for scalar in Self.fold(text) {
                    append(scalar, from: place..<place + count)
                }
            }
            place += count
        }
    }

    private mutating func append(_ scalar: Unicode.Scalar, from origin: Range<Int>) {
        scalars.append(scalar)
        origins?.append(origin)
    }

    private static func lowered(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar
    }

    /// Decomposing sorts marks by insertion. No letter has as many; a text of before they were refused may (`StreamSafe`).
    private static func bounded(_ letter: some Sequence<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(letter.prefix(mostScalars)))
    }

    private static let mostScalars = 64

    private static func fold(_ letter: String) -> String.UnicodeScalarView {
        // An emoji is a sequence with joiners in it, and means what it means only as a whole.
        if let first = letter.unicodeScalars.first, first.isSymbol {
            return String.UnicodeScalarView(letter.unicodeScalars.filter { !("\u{FE00}"..."\u{FE0F}").contains($0) })
        }
        var folded = String.UnicodeScalarView()
        for scalar in letter.decomposedStringWithCompatibilityMapping.unicodeScalars where !isDropped(scalar) {
            for upper in scalar.properties.uppercaseMapping.unicodeScalars {
                for lower in upper.properties.lowercaseMapping.unicodeScalars {
                    folded.append(contentsOf: (spellings[lower] ?? String(lower)).unicodeScalars)
                }
            }
        }
        return String(folded).precomposedStringWithCanonicalMapping.unicodeScalars
    }

    /// Letters with a stroke or of two letters, which no decomposition takes apart.
    private static let spellings: [Unicode.Scalar: String] = [
        "ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th",
    ]

    /// Marks of Latin, Greek, Cyrillic, Hebrew and Arabic, and what is invisible. Those of other scripts are letters of theirs.
    private static let dropped: [ClosedRange<UInt32>] = [
        0x00AD...0x00AD, 0x0300...0x036F, 0x0483...0x0489, 0x0591...0x05BD, 0x05BF...0x05BF, 0x05C1...0x05C2,
        0x05C4...0x05C5, 0x05C7...0x05C7, 0x0610...0x061A, 0x0640...0x0640, 0x064B...0x065F, 0x0670...0x0670,
        0x06D6...0x06DC, 0x06DF...0x06E4, 0x06E7...0x06E8, 0x06EA...0x06ED, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF,
        0x200B...0x200F, 0x2060...0x2064, 0x20D0...0x20FF, 0xFE00...0xFE0F, 0xFE20...0xFE2F, 0xFEFF...0xFEFF,
    ]

    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        dropped.contains { $0.contains(scalar.value) }
    }
}

extension Unicode.Scalar {
    /// A sign that is looked for by itself: an emoji, a currency, an arrow; those of ASCII are punctuation.
    var isSymbol: Bool {
        guard !isASCII else { return false }
        return switch properties.generalCategory {
        case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: true
        default: false
        }
    }
}
