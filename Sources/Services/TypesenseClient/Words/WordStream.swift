// The tokens that both engines index for a text, and where each lies in it.
//
//     He'll come to-night       in order   he ll come to night         phrases are looked for here
//                               besides    he+ll ll+come come+to …     neighbours as one
//     東京都                     in order   東京 京都 都                 pairs
//                               besides    東 京                       each by itself
//
// `besides` stands behind a word that no text has, so that no phrase reaches over. Tokens are written in ASCII letters and digits alone
// (`TokenCode`), so that no engine's own rule can part or change them.

package struct WordStream {
    struct Token: Equatable {
        let text: String
        /// In the folded text.
        let range: Range<Int>
    }

    let source: FoldedText
    private(set) var inOrder: [Token] = []
    private(set) var besides: [Token] = []
    /// The words among them as they are read: what a lexicon holds.
    private(set) var words: Set<String> = []

    package init(_ text: String) {
        source = FoldedText(text)
        for segment in Segment.all(in: source) { add(segment) }
        addPairs()
    }

    /// What an engine is given to index.
    package var text: String {
        let main = inOrder.map(\.text).joined(separator: " ")
        return besides.isEmpty ? main : "\(main) \(TokenCode.end) \(besides.map(\.text).joined(separator: " "))"
    }

    private mutating func add(_ segment: Segment) {
        switch segment.kind {
        case .symbol: inOrder.append(token(segment.range))
        case .word:
            for part in segment.parts {
                let pieces = pieces(part)
                for piece in pieces { words.insert(String(String.UnicodeScalarView(source.scalars[piece.range]))) }
                inOrder += pieces
            }
        case .ideographs:
            let range = segment.range
            for (place, next) in zip(range, range.dropFirst()) {
                inOrder.append(token(place..<next + 1))
                besides.append(token(place..<next))
            }
            inOrder.append(token(range.upperBound - 1..<range.upperBound))
        }
    }

    private func token(_ range: Range<Int>) -> Token {
        Token(text: TokenCode.encode(source.scalars[range]), range: range)
    }

    /// A word that is longer than a token can be is several, one behind the other.
    private func pieces(_ part: Range<Int>) -> [Token] {
        TokenCode.pieces(source.scalars[part]).map { Token(text: TokenCode.encode(source.scalars[$0]), range: $0) }
    }

    /// Neighbours as one token, so that the second may be asked for by its beginning: no engine's phrase can do that.
    private mutating func addPairs() {
        for (first, second) in zip(inOrder, inOrder.dropFirst()) {
            let range = first.range.lowerBound..<max(first.range.upperBound, second.range.upperBound)
            besides.append(Token(text: TokenCode.pair(first.text, second.text), range: range))
        }
    }
}
