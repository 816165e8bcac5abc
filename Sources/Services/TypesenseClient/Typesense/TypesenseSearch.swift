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

    init(_ query: SearchQuery, collection: String) {
        self.collection = collection
        self.query = Self.text(query.question)
        prefix = query.question.beginning != nil
        queryBy = query.fields.map(\.words).joined(separator: ",")
        let guesses = query.question.anyOf.map { Self.text($0, query.fields.map(\.words)) }
        filterBy = (guesses + [query.filter.map(Self.text)].compactMap(\.self)).joined(separator: " && ")
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

    /// One of the words in one of the fields. A question has no "or" in Typesense, a filter has.
    static func text(_ words: [String], _ fields: [String]) -> String {
        "(\(fields.map { "\($0):[\(words.joined(separator: ","))]" }.joined(separator: " || ")))"
    }

    /// Three fields are all that Typesense takes, so three of the caller's leave no room for ours.
    private static func order(_ query: SearchQuery) -> String {
        let sorted = query.sort.map { "\(name($0.field)):\($0.isDescending ? "desc" : "asc")" }
        let relevance = sorted.isEmpty && query.question.hasRelevance ? ["_text_match:desc"] : []
        let ties = ["\(TypesenseDocument.order):asc", "\(TypesenseDocument.place):asc"]
        return (sorted + relevance + ties).prefix(3).joined(separator: ",")
    }

    /// With a parenthesis for everything: what Typesense 0.24 makes of && beside || is not what others do.
    private static func text(_ filter: Filter) -> String {
        switch filter {
        case .clause(let clause): text(clause)
        case .numbers(let clause, let ranges): text(clause, ranges)
        case .all(let parts): "(\(parts.map(text).joined(separator: " && ")))"
        case .any(let parts): "(\(parts.map(text).joined(separator: " || ")))"
        }
    }

    /// What a document is sorted by: numbers as the places that they come from.
    private static func name(_ field: DocumentField) -> String {
        field == .sequenceNumber ? TypesenseDocument.place : field.rawValue
    }

    /// A condition on a number as the places that it means now. A document by hand has its own number, from 1 on.
    private static func text(_ clause: FilterClause, _ ranges: [PlaceRange]) -> String {
        let place = TypesenseDocument.place
        let isNot = clause.comparison == .notEqual
        let parts = ranges.map { range in
            let name = "\(DocumentField.sequenceName.exact):=[\(TypesenseDocument.digest(range.sequence))]"
            let (low, high) = (range.places.lowerBound, range.places.upperBound)
            let others = "\(DocumentField.sequenceName.exact):!=[\(TypesenseDocument.digest(range.sequence))]"
            return isNot
                ? "(\(others) || \(place):<\(low) || \(place):>=\(high))"
                : "(\(name) && \(place):>=\(low) && \(place):<\(high))"
        }
        let byHand = "(sequence_number:>0 && \(text(clause)))"
        guard !parts.isEmpty || isNot else { return byHand }
        let byPlace = parts.isEmpty ? "sequence_number:=0" : "(\(parts.joined(separator: isNot ? " && " : " || ")))"
        return "((sequence_number:=0 && \(byPlace)) || \(byHand))"
    }

    private static func text(_ clause: FilterClause) -> String {
        let values = clause.values.map(text)
        guard clause.field.isNumber else {
            return "\(clause.field.exact):\(clause.comparison.rawValue)[\(values.joined(separator: ","))]"
        }
        switch clause.comparison {
        case .equal: return "\(clause.field.rawValue):[\(values.joined(separator: ","))]"
        // Typesense 0.24 has no != for numbers.
        case .notEqual: return "(\(clause.values.map { outside($0, clause.field) }.joined(separator: " && ")))"
        default: return "\(clause.field.rawValue):\(clause.comparison.rawValue)\(values.joined())"
        }
    }

    private static func outside(_ value: FilterClause.Value, _ field: DocumentField) -> String {
        let (low, high) =
            switch value {
            case .number(let number): (number, number)
            case .range(let range): (range.lowerBound, range.upperBound)
            case .text: (0, 0)
            }
        return "(\(field.rawValue):<\(low) || \(field.rawValue):>\(high))"
    }

    private static func text(_ value: FilterClause.Value) -> String {
        switch value {
        case .number(let number): String(number)
        case .range(let range): "\(range.lowerBound)..\(range.upperBound)"
        case .text(let text): TypesenseDocument.digest(text)
        }
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
