// A search request that has been understood: every part checked, nothing of the caller's text left that an engine would interpret.

package import Bus
package import Contracts

package struct SearchQuery: Sendable, Equatable {
    /// All must occur; the last may be the beginning of a word. Empty finds every document.
    package let words: [String]
    package let fields: [DocumentField]
    package let filter: [FilterClause]
    package let sort: [SortClause]
    package let maximumHits: Int

    /// - Throws: `Failure` with `invalid_request` naming the field.
    package init(_ request: SearchRequest) throws(Failure) {
        words = Self.words(request.query.text)
        fields = try Self.fields(request.queryBy.text)
        filter = if let text = request.filterBy?.text { try FilterParser.parse(text) } else { [] }
        sort = if let text = request.sortBy?.text { try SortClause.parse(text) } else { [] }
        maximumHits = request.maxHits?.value ?? MaxHits.standard
    }

    /// What stands between spaces and has at least one letter or digit; `*` alone means everything.
    private static func words(_ text: String) -> [String] {
        text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).filter(hasToken).map(String.init)
    }

    /// Judged as FTS5's `unicode61` does: letters, numbers, private use.
    static func hasToken(_ word: Substring.UnicodeScalarView) -> Bool {
        word.contains { scalar in
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .letterNumber, .otherNumber, .privateUse:
                true
            default: false
            }
        }
    }

    private static func fields(_ text: String) throws(Failure) -> [DocumentField] {
        var fields: [DocumentField] = []
        for trimmed in text.parts(at: ",") {
            guard let field = DocumentField(rawValue: trimmed), field.isSearchable else {
                throw .invalid("query_by", "names \"\(trimmed)\"; it may name comment, element_type, service_name")
            }
            if !fields.contains(field) { fields.append(field) }
        }
        return fields
    }
}
