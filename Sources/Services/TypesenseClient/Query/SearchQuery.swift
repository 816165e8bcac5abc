// A search request that has been understood: every part checked, nothing of the caller's text left that an engine would interpret.

package import Bus
package import Contracts

package struct SearchQuery: Sendable, Equatable {
    package private(set) var question: Question
    package let fields: [DocumentField]
    package private(set) var filter: Filter?
    package let sort: [SortClause]
    package let facets: [DocumentField]
    package let highlights: [DocumentField]
    package let page: HitPage
    /// Where counting ends.
    package let mostFound: Int
    /// Errors of typing that a word may have, where nothing is found without.
    package let typos: Int

    /// - Throws: `Failure` with `invalid_request` naming the field.
    package init(_ request: SearchRequest, _ limits: SearchLimits = SearchLimits()) throws(Failure) {
        question = Question(request.query.text, lastIsBeginning: request.prefix ?? true)
        fields = try Self.fields(request.queryBy.text, "query_by", \.isSearchable)
        filter =
            if let text = request.filterBy?.text {
                try FilterParser.parse(text, of: DocumentField.allCases)
            } else {
                nil
            }
        sort = if let text = request.sortBy?.text { try SortClause.parse(text) } else { [] }
        facets = try Self.fields(request.facetBy?.text, "facet_by", \.isFacet)
        highlights = try Self.fields(request.highlightFields?.text, "highlight_fields", \.isSearchable)
        page = HitPage(request)
        typos = try request.errorsOfTyping()
        mostFound = limits.found
        try limits.check(request)
    }

    /// The same about words that are near those that were asked for.
    func asking(_ guess: Question) -> SearchQuery {
        var query = self
        query.question = guess
        return query
    }

    /// The same, with each condition on numbers as the places that it means now.
    package func resolved(_ places: (FilterClause) throws -> [PlaceRange]) rethrows -> SearchQuery {
        var query = self
        query.filter = try filter?.resolved(places)
        return query
    }

    /// What is asked for, of nothing.
    var emptyFacets: [SearchFacet]? {
        facets.isEmpty ? nil : facets.map { SearchFacet(field: $0.rawValue, counts: []) }
    }

    private static func fields(
        _ text: String?,
        _ parameter: String,
        _ isPossible: (DocumentField) -> Bool
    ) throws(Failure) -> [DocumentField] {
        var fields: [DocumentField] = []
        for name in text?.parts(at: ",") ?? [] {
            guard let field = DocumentField(rawValue: name), isPossible(field) else {
                let known = DocumentField.allCases.filter(isPossible).map(\.rawValue).joined(separator: ", ")
                throw .invalid(parameter, "names \"\(name)\"; it may name \(known)")
            }
            if !fields.contains(field) { fields.append(field) }
        }
        return fields
    }
}
