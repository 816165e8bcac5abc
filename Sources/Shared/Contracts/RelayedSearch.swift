// `POST /search` in two forms, told apart by `collection_name`:
//
//     {"q": …, "query_by": …}                                 the elements, and our answer
//     {"collection_name": "books", "parameters": {"q": …}}    any collection of this ecosystem, and Typesense's own answer

public import Bus

/// What is searched.
public enum SearchInput: Sendable, Equatable {
    /// The elements of Service A, in our own form.
    case elements(SearchRequest)
    /// The position is that of the header field, and means something for the elements alone.
    case relayed(CollectionName, SearchRequest, LogPosition?)
}

extension SearchInput: Codable, SchemaProviding {
    private enum CodingKeys: String, CodingKey {
        case parameters
        case collectionName = "collection_name"
        case fountainOffset = "fountain_offset"
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let name = try container.decodeIfPresent(CollectionName.self, forKey: .collectionName) else {
            guard !container.contains(.parameters) else {
                throw Self.problem(.parameters, container, "belongs to a collection_name")
            }
            self = .elements(try SearchRequest(from: decoder))
            return
        }
        let known = ["collection_name", "parameters", "fountain_offset"]
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            let context = DecodingError.Context(codingPath: [key], debugDescription: "belongs into parameters here")
            throw DecodingError.dataCorrupted(context)
        }
        self = .relayed(
            name,
            try container.decode(SearchRequest.self, forKey: .parameters),
            try container.decodeIfPresent(LogPosition.self, forKey: .fountainOffset)
        )
    }

    private static func problem(_ key: CodingKeys, _ container: KeyedDecodingContainer<CodingKeys>, _ text: String)
        -> DecodingError
    {
        .dataCorruptedError(forKey: key, in: container, debugDescription: text)
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .elements(let request): try request.encode(to: encoder)
        case .relayed(let name, let request, let position):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .collectionName)
            try container.encode(request, forKey: .parameters)
            try container.encodeIfPresent(position, forKey: .fountainOffset)
        }
    }

    /// Both forms; which members belong together, the service says.
    public static var schema: JSONSchema {
        let request = JSONSchema.derived(from: SearchRequest.self)
        var schema = request
        schema.title = nil
        schema.required = nil
        schema.properties?["collection_name"] = CollectionName.schema
        schema.properties?["parameters"] = request
        return schema
    }

    public static var sample: SearchInput { .elements(SearchRequest(query: .sample, queryBy: .sample)) }
}

/// What is found, in the form in which it was asked.
public enum SearchOutput: Sendable, Equatable {
    /// In our own form.
    case elements(SearchAnswer)
    /// In Typesense's.
    case relayed(RelayedAnswer)
}

extension SearchOutput: Codable, SchemaProviding {
    private enum CodingKeys: String, CodingKey {
        case requestParameters = "request_params"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self =
            container.contains(.requestParameters)
            ? .relayed(try RelayedAnswer(from: decoder)) : .elements(try SearchAnswer(from: decoder))
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .elements(let answer): try answer.encode(to: encoder)
        case .relayed(let answer): try answer.encode(to: encoder)
        }
    }

    /// A hit is a document, or has one.
    public static var schema: JSONSchema {
        let (own, relayed) = (JSONSchema.derived(from: SearchAnswer.self), JSONSchema.derived(from: RelayedAnswer.self))
        var schema = own
        schema.title = nil
        let shared = Set(own.required ?? []).intersection(relayed.required ?? [])
        schema.required = own.required?.filter(shared.contains)
        schema.properties?.merge(relayed.properties ?? [:]) { own, _ in own }
        if var hit = own.properties?["hits"]?.items?.value {
            hit.title = "SearchOutput.Hit"
            hit.required = nil
            hit.properties?.merge(relayed.properties?["hits"]?.items?.value.properties ?? [:]) { own, _ in own }
            schema.properties?["hits"] = .array(of: hit)
        }
        return schema
    }

    public static var sample: SearchOutput { .elements(SearchAnswer(hits: [], found: 0)) }
}

/// What Typesense answers to a search.
public struct RelayedAnswer: Codable, Sendable, Equatable {
    /// A document, and where in it something was found.
    public struct Hit: Codable, Sendable, Equatable {
        /// As its producer wrote it, byte for byte; of an element a `SearchDocument`.
        public let document: JSONText
        /// Only fields in which something was found.
        public let highlights: [Highlight]

        package init(document: JSONText, highlights: [Highlight]) {
            (self.document, self.highlights) = (document, highlights)
        }
    }

    /// A field in which something was found: as HTML, what was found in `<mark>`.
    public struct Highlight: Codable, Sendable, Equatable {
        /// A name of `highlight_fields`, or of `query_by` where that is absent.
        public let field: String
        /// Of a text.
        public let snippet: String?
        /// Of a list of texts, those in which something was found.
        public let snippets: [String]?
        /// Their places in the list, from 0.
        public let indices: [Int]?

        package init(field: String, snippet: String? = nil, snippets: [String]? = nil, indices: [Int]? = nil) {
            (self.field, self.snippet, self.snippets, self.indices) = (field, snippet, snippets, indices)
        }
    }

    /// How often the values of a field occur among all that was found.
    public struct FacetCount: Codable, Sendable, Equatable {
        /// A name of `facet_by`.
        public let fieldName: String
        /// The most frequent first, the same frequency by value.
        public let counts: [SearchFacet.Count]

        package init(fieldName: String, counts: [SearchFacet.Count]) {
            (self.fieldName, self.counts) = (fieldName, counts)
        }

        private enum CodingKeys: String, CodingKey {
            case counts
            case fieldName = "field_name"
        }
    }

    /// What was asked.
    public struct Parameters: Codable, Sendable, Equatable {
        /// Where it was searched.
        public let collectionName: String
        /// As it came.
        public let q: String
        /// With what counts where the request says nothing.
        public let perPage: Int

        package init(collectionName: String, q: String, perPage: Int) {
            (self.collectionName, self.q, self.perPage) = (collectionName, q, perPage)
        }

        private enum CodingKeys: String, CodingKey {
            case q
            case collectionName = "collection_name"
            case perPage = "per_page"
        }
    }

    /// Where `facet_by` asked for them, in its order.
    public var facetCounts: [FacetCount]
    /// As `SearchAnswer.found`.
    public var found: Int
    /// As `SearchAnswer.foundMore`.
    public var foundMore: Bool?
    /// At most `per_page`.
    public var hits: [Hit]
    /// Documents of the collection.
    public var outOf: Int
    /// The page that was asked for, from 1.
    public var page: Int
    /// What Typesense says of the question.
    public var requestParameters: Parameters
    /// In milliseconds.
    public var searchTime: Int
    /// As `SearchAnswer.typos`.
    public var typos: Int?
    /// As `SearchAnswer.behind`.
    public var behind: Int?

    package init(
        hits: [Hit],
        found: Int,
        outOf: Int,
        page: Int,
        facetCounts: [FacetCount],
        requestParameters: Parameters
    ) {
        (self.hits, self.found, self.outOf, self.page) = (hits, found, outOf, page)
        (searchTime, self.facetCounts, self.requestParameters) = (0, facetCounts, requestParameters)
    }

    private enum CodingKeys: String, CodingKey {
        case found, hits, page
        case facetCounts = "facet_counts"
        case outOf = "out_of"
        case requestParameters = "request_params"
        case searchTime = "search_time_ms"
        case typos = "num_typos"
        case behind = "changes_behind"
        case foundMore = "found_more"
    }
}
