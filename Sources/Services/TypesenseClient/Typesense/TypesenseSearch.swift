// A question as Typesense is asked it: all words, no guessing, so that both engines find the same.

import Bus

struct TypesenseSearches: Encodable {
    let searches: [TypesenseSearch]
}

struct TypesenseSearch: Encodable {
    let collection: String
    let query: String
    let queryBy: String
    let filterBy: String
    let sortBy: String
    let facetBy: String
    let shown: String
    let page: Int
    let perPage: Int
    let prefix: Bool
    let facetValues = 100
    // Typesense forgives typing errors and drops words that find too little, unless it is told not to. `exhaustive_search` would bring
    // the dropping back, so the number of completions of a beginning, 4 by default, is raised by its own parameter.
    let typos = 0
    let typoThreshold = 0
    let dropThreshold = 0
    let splitJoin = "off"
    let candidates = 10_000

    /// - Throws: `Failure` with `invalid_request` where the filter is more than Typesense takes.
    init(_ query: SearchQuery, collection: String) throws(Failure) {
        self.collection = collection
        self.query = Self.text(query.question)
        prefix = query.question.beginning != nil
        queryBy = query.fields.map(\.words).joined(separator: ",")
        let guesses = query.question.anyOf.map { TypesenseFilter(oneOf: $0, in: query.fields.map(\.words)) }
        filterBy = try TypesenseFilter.text(of: guesses + [query.filter.map(TypesenseFilter.init)].compactMap(\.self))
        sortBy = Self.order(query)
        facetBy = query.facets.map(\.rawValue).joined(separator: ",")
        shown = (DocumentField.allCases.map(\.rawValue) + [TypesenseDocument.place]).joined(separator: ",")
        (page, perPage) = (query.page.number, query.page.size)
    }

    /// Whether an answer shows as many hits of this page as it has to, for all that it counts.
    func isWhole(hits: Int, found: Int) -> Bool { hits >= min(perPage, max(0, found - (page - 1) * perPage)) }

    /// Tokens are letters and digits; the quotes and the minus are ours. The beginning comes last.
    static func text(_ question: Question) -> String {
        var terms = question.phrases.map(quoted) + question.excluded.map { "-" + quoted($0) } + question.required
        if let beginning = question.beginning { terms.append(beginning) }
        return terms.isEmpty ? "*" : terms.joined(separator: " ")
    }

    private static func quoted(_ tokens: [String]) -> String {
        tokens.count == 1 ? tokens[0] : "\"\(tokens.joined(separator: " "))\""
    }

    /// Three fields are all that Typesense takes, so three of the caller's leave no room for ours.
    private static func order(_ query: SearchQuery) -> String {
        let sorted = query.sort.map { "\(name($0.field)):\($0.isDescending ? "desc" : "asc")" }
        let relevance = sorted.isEmpty && query.question.hasRelevance ? ["_text_match:desc"] : []
        let ties = ["\(TypesenseDocument.order):asc", "\(TypesenseDocument.place):asc"]
        return (sorted + relevance + ties).prefix(3).joined(separator: ",")
    }

    /// What a document is sorted by: numbers as the places that they come from.
    private static func name(_ field: DocumentField) -> String {
        field == .sequenceNumber ? TypesenseDocument.place : field.rawValue
    }

    private enum CodingKeys: String, CodingKey {
        case collection, page, prefix
        case query = "q"
        case queryBy = "query_by"
        case filterBy = "filter_by"
        case sortBy = "sort_by"
        case facetBy = "facet_by"
        case shown = "include_fields"
        case perPage = "per_page"
        case facetValues = "max_facet_values"
        case typos = "num_typos"
        case typoThreshold = "typo_tokens_threshold"
        case dropThreshold = "drop_tokens_threshold"
        case splitJoin = "split_join_tokens"
        case candidates = "max_candidates"
    }
}
