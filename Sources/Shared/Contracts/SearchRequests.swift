// What the Typesense Client is asked and answers.

public import Bus

/// A search, in the part of Typesense's language that every engine here speaks.
public struct SearchRequest: Codable, Sendable, Equatable {
    /// Words that must all occur; the last one may be the beginning of a word. `"…"` is a phrase, `-word` must not occur; `*` finds every
    /// document. Letter case, accents and other ways to write the same letter do not count.
    public let query: SearchText
    /// Fields to look in, by commas: `comment`, `element_type`, `service_name`.
    public let queryBy: SearchText
    /// `element_type:=script && (sequence_number:>3 || version_number:!=1)`; also `:<`, `:<=`, `:>=`, lists `element_type:=[script,action]`
    /// and ranges `sequence_number:[1..9]`. Texts are compared exactly.
    public let filterBy: SearchText?
    /// `sequence_number:desc,element_id:asc`; at most three. By relevance where absent.
    public let sortBy: SearchText?
    /// Of all pages together; the size of the page where `per_page` is absent.
    public let maxHits: MaxHits?
    /// From 1.
    public let page: PageNumber?
    /// Hits of a page.
    public let perPage: MaxHits?
    /// Fields to count values of, by commas: `element_type`, `service_name`, `version_number`.
    public let facetBy: SearchText?
    /// Fields to show what was found in, by commas: those of `query_by`.
    public let highlightFields: SearchText?
    /// Whether the last word may be a beginning: true where absent.
    public let prefix: Bool?
    /// Typing errors a word that are forgiven where nothing is found without: 0 (where absent), 1 or 2. Words of fewer than 4 letters are taken as
    /// they are, of fewer than 7 with one error at most; phrases, joined words and words that must not occur as they are.
    public let numTypos: Int?
    /// A position of Service A's log: answered when the index has it, or with 503 and how far it has come. At the edge, `Fountain-Offset`.
    public let fountainOffset: LogPosition?

    /// Only `query` and `queryBy` are needed. Expressions that cannot be parsed are refused by the service, naming the
    /// field.
    public init(
        query: SearchText,
        queryBy: SearchText,
        filterBy: SearchText? = nil,
        sortBy: SearchText? = nil,
        maxHits: MaxHits? = nil,
        page: PageNumber? = nil,
        perPage: MaxHits? = nil,
        facetBy: SearchText? = nil,
        highlightFields: SearchText? = nil,
        prefix: Bool? = nil,
        numTypos: Int? = nil,
        fountainOffset: LogPosition? = nil
    ) {
        self.fountainOffset = fountainOffset
        self.page = page
        self.perPage = perPage
        self.facetBy = facetBy
        self.highlightFields = highlightFields
        self.prefix = prefix
        self.numTypos = numTypos
        self.query = query
        self.queryBy = queryBy
        self.filterBy = filterBy
        self.sortBy = sortBy
        self.maxHits = maxHits
    }

    private enum CodingKeys: String, CodingKey {
        case query = "q"
        case queryBy = "query_by"
        case filterBy = "filter_by"
        case sortBy = "sort_by"
        case maxHits = "max_hits"
        case page, prefix
        case perPage = "per_page"
        case facetBy = "facet_by"
        case highlightFields = "highlight_fields"
        case numTypos = "num_typos"
        case fountainOffset = "fountain_offset"
    }
}

/// A change that could not be indexed, and why.
public struct ParkedDocument: Codable, Sendable, Equatable {
    /// The document's id, or the event's key where the event could not be read.
    public let id: String
    /// What the engine or the reader of events has said, for people.
    public let reason: String
    /// The offset of the event that brought it; 0 for one brought by hand.
    public let offset: Int
    /// How often it has been tried.
    public let attempts: Int

    package init(id: String, reason: String, offset: Int, attempts: Int = 1) {
        self.id = id
        self.reason = reason
        self.offset = offset
        self.attempts = attempts
    }
}

/// All changes that are parked.
public struct ParkedDocuments: Codable, Sendable, Equatable {
    /// By the offset of their events.
    public let parked: [ParkedDocument]

    package init(parked: [ParkedDocument]) { self.parked = parked }
}

/// Which parked changes to try again.
public struct ReplayParked: Codable, Sendable, Equatable {
    /// Those of this event; all where absent.
    public let offset: Int?

    /// Without an offset: all that is parked.
    public init(offset: Int? = nil) { self.offset = offset }
}

/// How trying again went.
public struct ParkedReplayed: Codable, Sendable, Equatable {
    /// How many are parked no more.
    public let applied: Int
    /// Those that failed again.
    public let parked: [ParkedDocument]

    package init(applied: Int, parked: [ParkedDocument]) {
        self.applied = applied
        self.parked = parked
    }
}

/// Parked changes by the offset of their event.
public struct ParkedReference: Codable, Sendable, Equatable {
    /// As `ParkedDocument.offset` says it.
    public let offset: Int

    /// An offset under which nothing is parked answers `not_found`.
    public init(offset: Int) { self.offset = offset }
}

/// A collection of documents, by its name.
public struct CollectionReference: Codable, Sendable, Equatable {
    /// As `SearchOperations.collections` shows it.
    public let name: SearchText

    /// A collection that is not this service's answers `not_found`.
    public init(name: SearchText) { self.name = name }
}

/// A collection: what it holds and what can be asked of it.
public struct SearchCollection: Codable, Sendable, Equatable {
    /// A field that queries, filters, sorting and facets can name.
    public struct Field: Codable, Sendable, Equatable {
        /// In snake_case: `element_type`.
        public let name: String
        /// As `FieldType` has them.
        public let type: String
        /// As its producer said; the elements' fields do not say it.
        public let facet: Bool?
        /// The same.
        public let optional: Bool?
        /// The same.
        public let index: Bool?

        package init(
            name: String,
            type: String,
            facet: Bool? = nil,
            optional: Bool? = nil,
            index: Bool? = nil
        ) {
            (self.name, self.type) = (name, type)
            (self.facet, self.optional, self.index) = (facet, optional, index)
        }
    }

    /// The name to search under, whatever the engine calls what is behind it.
    public let name: String
    /// How many documents it holds now. `num_documents` on the wire.
    public let documentCount: Int
    /// In the order in which the engine keeps them.
    public let fields: [Field]
    /// By which hits are sorted where nothing else says how.
    public let defaultSortingField: String?

    package init(name: String, documentCount: Int, fields: [Field], defaultSortingField: String? = nil) {
        (self.name, self.documentCount) = (name, documentCount)
        (self.fields, self.defaultSortingField) = (fields, defaultSortingField)
    }

    private enum CodingKeys: String, CodingKey {
        case name, fields
        case documentCount = "num_documents"
        case defaultSortingField = "default_sorting_field"
    }
}

/// All collections.
public struct SearchCollections: Codable, Sendable, Equatable {
    /// Those of this service alone.
    public let collections: [SearchCollection]

    package init(collections: [SearchCollection]) { self.collections = collections }
}
