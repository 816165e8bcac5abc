// A question as Typesense is asked it: all words, no guessing, so that both engines find the same.

struct TypesenseSearches: Encodable {
    let searches: [TypesenseSearch]
}

struct TypesenseSearch: Encodable {
    let collection: String
    let query: String
    let queryBy: String
    let filterBy: String
    let sortBy: String
    let perPage: Int
    // Typesense forgives typing errors and drops words that find too little, unless it is told not to. `exhaustive_search` would bring
    // the dropping back, so the number of completions of a beginning, 4 by default, is raised by its own parameter.
    let typos = 0
    let typoThreshold = 0
    let dropThreshold = 0
    let splitJoin = "off"
    let candidates = 10_000

    init(_ query: SearchQuery, collection: String) {
        self.collection = collection
        let words = query.words.flatMap { $0.unicodeScalars.split(whereSeparator: Self.isSeparator) }
            .filter(SearchQuery.hasToken).map(String.init)
        self.query = words.isEmpty ? "*" : words.joined(separator: " ")
        queryBy = query.fields.map(\.rawValue).joined(separator: ",")
        filterBy = query.filter.map(Self.text).joined(separator: " && ")
        sortBy = query.sort.map { "\($0.field.rawValue):\($0.isDescending ? "desc" : "asc")" }.joined(separator: ",")
        perPage = query.maximumHits
    }

    /// Neither letter nor number nor a mark on one: among these are `"` and `-`, Typesense's only operators in a query.
    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark, .privateUse:
            false
        default: true
        }
    }

    /// A clause in Typesense's language.
    private static func text(_ clause: FilterClause) -> String {
        let values = clause.values.map { value in
            switch value {
            case .number(let number): String(number)
            case .text(let text): TypesenseText.quoted(text)
            }
        }
        let list = values.count == 1 ? values[0] : "[\(values.joined(separator: ","))]"
        return "\(clause.field.rawValue):\(clause.comparison.rawValue)\(list)"
    }

    private enum CodingKeys: String, CodingKey {
        case collection
        case query = "q"
        case queryBy = "query_by"
        case filterBy = "filter_by"
        case sortBy = "sort_by"
        case perPage = "per_page"
        case typos = "num_typos"
        case typoThreshold = "typo_tokens_threshold"
        case dropThreshold = "drop_tokens_threshold"
        case splitJoin = "split_join_tokens"
        case candidates = "max_candidates"
    }
}
