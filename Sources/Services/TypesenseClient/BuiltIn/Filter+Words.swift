// What a filter says of the words of a document, so that the full-text index is asked for them too and a rare value behind a common word is not looked for
// document by document.
//
//     wood, element_type:=action      "wood" AND {element_type_words} : "action"
//
// Whoever has the text has its words. That it is the very text, with its case and its signs, is still looked for in the document.

struct NeededWords {
    /// In FTS5's language.
    let expression: String
    /// In it.
    let phrases: Int
}

extension [NeededWords] {
    /// So many conditions are enough to be quick.
    fileprivate static let most = 8

    var phrases: Int { reduce(0) { $0 + $1.phrases } }

    func expression(behind match: String) -> String { ([match] + map(\.expression)).joined(separator: " AND ") }
}

extension Filter {
    /// Of the conditions that hold for each document that it lets through.
    var neededWords: [NeededWords] { Array(allNeededWords.prefix([NeededWords].most)) }

    private var allNeededWords: [NeededWords] {
        switch self {
        case .clause(let clause): clause.neededWords.map { [$0] } ?? []
        case .all(let parts): parts.flatMap(\.allNeededWords)
        case .any, .numbers: []
        }
    }
}

extension FilterClause {
    /// Of one text the first so many.
    private static let words = 8
    private static let texts = 16

    fileprivate var neededWords: NeededWords? {
        guard comparison == .equal, field.isSearchable, values.count <= Self.texts else { return nil }
        let phrases = values.compactMap(Self.phrase)
        guard phrases.count == values.count else { return nil }
        let either = phrases.joined(separator: " OR ")
        return NeededWords(expression: "{\(field.rawValue)_words} : (\(either))", phrases: phrases.count)
    }

    /// Nil where the text has no words, which says nothing of a document.
    private static func phrase(_ value: FilterValue) -> String? {
        guard case .text(let text) = value else { return nil }
        let tokens = WordStream(text).inOrder.prefix(words).map(\.text)
        return tokens.isEmpty ? nil : "\"\(tokens.joined(separator: " "))\""
    }
}
