// The tokens that engines index for a text, and where each lies in it.
//
//     He'll come to-night       in order   he ll come to night         phrases are looked for here
//                               pairs      he+ll ll+come come+to …     neighbours as one, for an engine whose phrases have no beginnings
//     東京都                     in order   東京 京都 都                 pairs of signs
//                               alone      東 京                       each by itself
//
// What is not in order stands behind a word that no text has, so that no phrase reaches over. Tokens are written in ASCII letters and digits
// alone (`TokenCode`), so that no engine's own rule can part or change them. They are written when they are asked for: an index wants them all
// as one text, and none by itself.

package struct WordStream: Sendable, Equatable {
    struct Token: Equatable {
        let text: String
        /// In the folded text.
        let range: Range<Int>
    }

    private struct Place: Equatable {
        let range: Range<Int>
        /// A part of a word, and no sign.
        let isWord: Bool
    }

    let source: FoldedText
    private var places: [Place] = []
    private var alone: [Range<Int>] = []

    package init(_ text: String) {
        source = FoldedText(text)
        for segment in Segment.all(in: source) { add(segment) }
    }

    /// What an engine is given to index that finds the beginning of a word behind another one by a phrase.
    package var text: String { written(withPairs: false) }

    /// What one is given that does not.
    package var textWithPairs: String { written(withPairs: true) }

    var inOrder: [Token] { places.map { token($0.range) } }

    var besides: [Token] {
        let pairs = neighbours.map { first, second in
            let text = TokenCode.pair(TokenCode.encode(source.scalars[first]), TokenCode.encode(source.scalars[second]))
            return Token(text: text, range: first.lowerBound..<max(first.upperBound, second.upperBound))
        }
        return alone.map(token) + pairs
    }

    /// The words as they are read, for a lexicon.
    func note(words: inout Set<String>) {
        var word: [UInt8] = []
        for place in places where place.isWord {
            word.removeAll(keepingCapacity: true)
            for scalar in source.scalars[place.range] {
                if scalar.isASCII { word.append(UInt8(truncatingIfNeeded: scalar.value)) } else { word += scalar.utf8 }
            }
            words.insert(String(decoding: word, as: UTF8.self))
        }
    }

    private var neighbours: some Sequence<(Range<Int>, Range<Int>)> {
        zip(places, places.dropFirst()).lazy.map { ($0.range, $1.range) }
    }

    private func written(withPairs: Bool) -> String {
        var code: [UInt8] = []
        code.reserveCapacity((withPairs ? 4 : 2) * source.scalars.count)
        for place in places { write(to: &code) { TokenCode.write(source.scalars[place.range], to: &$0) } }
        if !alone.isEmpty || (withPairs && places.count > 1) { write(to: &code) { $0 += TokenCode.end.utf8 } }
        for range in alone { write(to: &code) { TokenCode.write(source.scalars[range], to: &$0) } }
        guard withPairs else { return String(decoding: code, as: UTF8.self) }
        for (first, second) in neighbours {
            write(to: &code) { TokenCode.write(pair: source.scalars[first], source.scalars[second], to: &$0) }
        }
        return String(decoding: code, as: UTF8.self)
    }

    private func write(to code: inout [UInt8], _ token: (inout [UInt8]) -> Void) {
        if !code.isEmpty { code.append(UInt8(ascii: " ")) }
        token(&code)
    }

    private mutating func add(_ segment: Segment) {
        switch segment.kind {
        case .symbol: places.append(Place(range: segment.range, isWord: false))
        case .word:
            // A word that is longer than a token can be is several, one behind the other.
            for part in segment.parts {
                for piece in TokenCode.pieces(source.scalars[part]) { places.append(Place(range: piece, isWord: true)) }
            }
        case .ideographs:
            let range = segment.range
            for (place, next) in zip(range, range.dropFirst()) {
                places.append(Place(range: place..<next + 1, isWord: false))
                alone.append(place..<next)
            }
            places.append(Place(range: range.upperBound - 1..<range.upperBound, isWord: false))
        }
    }

    private func token(_ range: Range<Int>) -> Token {
        Token(text: TokenCode.encode(source.scalars[range]), range: range)
    }
}
