// What a query asks for, in tokens of the one rule, the same for both engines.
//
//     to be "or not" -king wor     required to, be · phrase or not · excluded king · beginning wor
//
// A guess (`forgiving`) has for a word those that are near it:      hamlte   any of hamlet, hamite
//
// It takes care that nothing is asked twice: a beginning that one of the other words has anyway, or a word of a phrase, is left out, for
// engines count a word of the text once.

package struct Question: Sendable, Equatable {
    /// Every document: `*`, or nothing but words that must not occur.
    package private(set) var isEverything = false
    package private(set) var required: [String] = []
    package private(set) var beginning: String?
    /// The same for an engine whose phrases may end with a beginning: of `to-ni` both tokens, and not the pair.
    package private(set) var beginningInOrder: [String] = []
    package private(set) var phrases: [[String]] = []
    /// Of each of these lists one has to occur: the words that one with errors of typing may have been.
    package private(set) var anyOf: [[String]] = []
    /// Each a token, or several as a phrase.
    package private(set) var excluded: [[String]] = []

    /// It asked for something, and that has no word: punctuation alone. That finds nothing rather than everything.
    package var findsNothing: Bool {
        if anyOf.contains(where: \.isEmpty) { return true }
        return !isEverything && required.isEmpty && beginning == nil && phrases.isEmpty && anyOf.isEmpty
    }

    /// What finds everything, or guesses, has none: what it finds is in the order of types and ids.
    var hasRelevance: Bool { !isEverything && anyOf.isEmpty }

    package init(_ text: String, lastIsBeginning: Bool = true) {
        let terms = Term.all(in: text)
        for (index, term) in terms.enumerated() {
            let isLast = index == terms.count - 1
            switch term {
            case .words(let text): add(words: text, lastIsBeginning: isLast && lastIsBeginning)
            case .phrase(let text): add(phrase: WordStream(text).inOrder.map(\.text))
            case .excluded(let text): excluded += Self.units(text)
            case .excludedPhrase(let text): excluded.append(WordStream(text).inOrder.map(\.text))
            case .everything: isEverything = true
            }
        }
        excluded.removeAll(where: \.isEmpty)
        // `*` among words asks for nothing more; words that must not occur, and no others, are left out of everything.
        isEverything = !terms.contains(where: \.asksForWords) && (isEverything || !excluded.isEmpty)
        simplify()
    }

    /// Whether a token of a document is among what was asked for.
    func matches(_ token: String) -> Bool {
        if required.contains(token) || phrases.contains(where: { $0.contains(token) }) { return true }
        if anyOf.contains(where: { $0.contains(token) }) { return true }
        return beginning.map { token.utf8.starts(with: $0.utf8) } ?? false
    }

    /// The same with words in place of some: those that `near` says, of a word or of a beginning.
    func forgiving(_ near: (_ word: String, _ isBeginning: Bool) throws -> [String]?) rethrows -> Question {
        var guess = self
        guess.required = []
        for token in required {
            if let words = try TokenCode.decode(token).flatMap({ try near($0, false) }) {
                guess.anyOf.append(words.map { TokenCode.encode($0.unicodeScalars) })
            } else {
                guess.required.append(token)
            }
        }
        if let words = try beginning.flatMap(TokenCode.decode).flatMap({ try near($0, true) }) {
            guess.anyOf.append(words.map { TokenCode.encode($0.unicodeScalars) })
            (guess.beginning, guess.beginningInOrder) = (nil, [])
        }
        return guess
    }

    private mutating func add(words text: String, lastIsBeginning: Bool) {
        let units = Self.units(text)
        for (index, unit) in units.enumerated() {
            guard lastIsBeginning, index == units.count - 1, let last = unit.last else {
                add(phrase: unit)
                continue
            }
            // Of `king's`, the last part may be a beginning as well.
            let joined = unit.dropLast().last
            beginning = joined.map { TokenCode.pair($0, last) } ?? last
            beginningInOrder = joined.map { [$0, TokenCode.seen(of: last, behind: $0)] } ?? [last]
            if unit.count > 2 { phrases.append(Array(unit.dropLast())) }
        }
    }

    private mutating func add(phrase tokens: [String]) {
        if tokens.count > 1 { phrases.append(tokens) } else { required += tokens }
    }

    private mutating func simplify() {
        var seen = Set(phrases.joined())
        required = required.filter { seen.insert($0).inserted }
        guard let start = beginning, seen.contains(where: { $0.utf8.starts(with: start.utf8) }) else { return }
        (beginning, beginningInOrder) = (nil, [])
    }

    /// The words of a text, each as the tokens that must stand one behind the other: most are one.
    private static func units(_ text: String) -> [[String]] {
        let source = FoldedText(text)
        return Segment.all(in: source).flatMap { segment -> [[String]] in
            switch segment.kind {
            case .symbol: return [[TokenCode.encode(source.scalars[segment.range])]]
            case .word:
                // What is joined stands one behind the other; a word of more than a token is several.
                let parts = segment.parts.map { part in
                    TokenCode.pieces(source.scalars[part]).map { TokenCode.encode(source.scalars[$0]) }
                }
                return parts.count == 1 ? parts[0].map { [$0] } : [parts.flatMap(\.self)]
            case .ideographs:
                let range = segment.range
                guard range.count > 1 else { return [[TokenCode.encode(source.scalars[range])]] }
                return [zip(range, range.dropFirst()).map { TokenCode.encode(source.scalars[$0...$1]) }]
            }
        }
    }
}

/// A query by its own syntax: quotes, a minus, blanks.
private enum Term {
    case words(String)
    case phrase(String)
    case excluded(String)
    case excludedPhrase(String)
    case everything

    var asksForWords: Bool {
        switch self {
        case .words, .phrase: true
        case .excluded, .excludedPhrase, .everything: false
        }
    }

    static func all(in text: String) -> [Term] {
        var terms: [Term] = []
        var rest = text.unicodeScalars[...]
        while true {
            rest = rest.drop(while: \.properties.isWhitespace)
            guard let first = rest.first else { return terms }
            let isExcluded = first == "-" && rest.dropFirst().first.map { !$0.properties.isWhitespace } == true
            if isExcluded { rest = rest.dropFirst() }
            let (text, isQuoted) = take(&rest)
            if isExcluded {
                terms.append(isQuoted ? .excludedPhrase(text) : .excluded(text))
            } else if isQuoted {
                terms.append(.phrase(text))
            } else {
                terms.append(text == "*" ? .everything : .words(text))
            }
        }
    }

    /// What is in quotes, or what goes up to a blank or a quote. A quote that is not closed is none.
    private static func take(_ rest: inout Substring.UnicodeScalarView) -> (text: String, isQuoted: Bool) {
        if rest.first == "\"" {
            let inner = rest.dropFirst()
            if let end = inner.firstIndex(where: { $0 == "\"" }) {
                rest = inner[inner.index(after: end)...]
                return (String(inner[..<end]), true)
            }
            rest = inner
        }
        let plain = rest.prefix { !$0.properties.isWhitespace && $0 != "\"" }
        rest = rest[plain.endIndex...]
        return (String(plain), false)
    }
}
