// What a search answers.

/// A page of the best documents, best first; the same relevance by element type and id.
public struct SearchAnswer: Codable, Sendable, Equatable {
    /// At most `per_page`.
    public var hits: [SearchDocument]
    /// How many documents match in all; where `found_more` says so, the most that are counted.
    public var found: Int
    /// More match than are counted: hits without `sort_by` are the best of the first so many, and facets count among those. Absent where all were
    /// counted. `found_more` on the wire.
    public var foundMore: Bool?
    /// The page that was asked for, from 1.
    public var page: Int
    /// In whole milliseconds, from the question to the answer as the service measures it. `search_time_ms` on the wire.
    public var searchTime: Int
    /// Where `facet_by` asked for them, in its order.
    public var facets: [SearchFacet]?
    /// Where `highlight_fields` asked for them, in the order of the hits.
    public var highlights: [SearchHighlight]?
    /// Errors a word that were forgiven to find these; absent where none had to be.
    public var typos: Int?
    /// Changes that are not in the index yet, where it follows no more and another is being built beside it.
    public var behind: Int?

    package init(
        hits: [SearchDocument],
        found: Int,
        foundMore: Bool? = nil,
        page: Int = 1,
        searchTime: Int = 0,
        facets: [SearchFacet]? = nil,
        highlights: [SearchHighlight]? = nil
    ) {
        self.hits = hits
        self.found = found
        self.foundMore = foundMore
        self.page = page
        self.searchTime = searchTime
        self.facets = facets
        self.highlights = highlights
    }

    private enum CodingKeys: String, CodingKey {
        case hits, found, page, facets, highlights
        case typos = "num_typos"
        case behind = "changes_behind"
        case foundMore = "found_more"
        /// In milliseconds.
        case searchTime = "search_time_ms"
    }
}

/// How often the values of a field occur among all that was found.
public struct SearchFacet: Codable, Sendable, Equatable {
    /// One value of the field, and how many documents have it.
    public struct Count: Codable, Sendable, Equatable {
        /// As text, numbers too.
        public let value: String
        /// Documents with it among all that were found, not only among those of the page.
        public let count: Int

        package init(value: String, count: Int) {
            self.value = value
            self.count = count
        }
    }

    /// A name of `facet_by`.
    public let field: String
    /// The most frequent first, the same frequency by value.
    public let counts: [Count]

    package init(field: String, counts: [Count]) {
        self.field = field
        self.counts = counts
    }
}

/// A field of a hit with what was found in it marked.
public struct SearchHighlight: Codable, Sendable, Equatable {
    /// Of the hit's document.
    public let id: String
    /// A name of `highlight_fields`.
    public let field: String
    /// The field's text as HTML, what was found in `<mark>`.
    public let value: String

    package init(id: String, field: String, value: String) {
        self.id = id
        self.field = field
        self.value = value
    }
}
