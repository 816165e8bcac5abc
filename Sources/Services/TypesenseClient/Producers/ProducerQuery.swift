// A search of a producer's collection that has been understood: every part checked against the schema, as `SearchQuery` is against the elements.

import Bus
import Contracts

package struct ProducerQuery: Sendable {
    /// What hits are sorted by; the id comes last, so an order is always total.
    enum Key: Sendable, Equatable {
        case relevance
        case field(SchemaField)
        case id
    }

    struct Order: Sendable, Equatable {
        let key: Key
        let isDescending: Bool
    }

    /// Typesense sorts by three, and the id is one of them.
    private static let mostSorted = 2

    private(set) var question: Question
    let fields: [SchemaField]
    let filter: FieldFilter<SchemaField>?
    let facets: [SchemaField]
    let highlights: [SchemaField]
    let page: HitPage
    /// Where counting ends.
    let mostFound: Int
    let typos: Int
    private let sort: [Order]?
    private let sorting: SchemaField?

    /// - Throws: `Failure` with `invalid_request` naming the parameter.
    init(_ request: SearchRequest, _ schema: CollectionSchema, _ limits: SearchLimits) throws(Failure) {
        guard request.fountainOffset == nil else { throw Producers.followsNothing }
        let question = Question(request.query.text, lastIsBeginning: request.prefix ?? true)
        self.question = question
        // Where no word is looked for, no field has to have words.
        let isPlain = question.isEverything && question.excluded.isEmpty
        fields = try Self.fields(request.queryBy.text, "query_by", isPlain ? schema.indexed : schema.texts)
            .filter(\.isText)
        filter = try request.filterBy.map { text throws(Failure) in try Self.filter(text.text, schema) }
        sort = try request.sortBy.map { text throws(Failure) in try Self.sort(text.text, schema) }
        sorting = schema.sorting
        facets = try Self.fields(request.facetBy?.text, "facet_by", schema.indexed.filter(\.isFacet))
        highlights =
            try request.highlightFields.map { text throws(Failure) in
                try Self.fields(text.text, "highlight_fields", schema.fields.filter(\.isText))
            } ?? fields
        page = HitPage(request)
        typos = try request.errorsOfTyping()
        mostFound = limits.found
        try limits.check(request)
    }

    /// The same about words that are near those that were asked for.
    func asking(_ guess: Question) -> ProducerQuery {
        var query = self
        query.question = guess
        return query
    }

    /// Relevance only where there is one: what finds everything, or guesses, has none.
    var order: [Order] {
        let isRelevant = question.hasRelevance
        var order = sort ?? [Order(key: .relevance, isDescending: true)]
        if sort == nil, let sorting { order.append(Order(key: .field(sorting), isDescending: true)) }
        return order.filter { $0.key != .relevance || isRelevant } + [Order(key: .id, isDescending: false)]
    }

    // MARK: Reading

    private static func fields(_ text: String?, _ parameter: String, _ possible: [SchemaField]) throws(Failure)
        -> [SchemaField]
    {
        var fields: [SchemaField] = []
        for name in text?.parts(at: ",") ?? [] {
            guard let field = possible.first(where: { $0.name == name }) else {
                throw .invalid(parameter, "names \"\(name)\"; it may name \(names(possible))")
            }
            if !fields.contains(field) { fields.append(field) }
        }
        return fields
    }

    private static func filter(_ text: String, _ schema: CollectionSchema) throws(Failure) -> FieldFilter<SchemaField> {
        let filter = try FilterParser.parse(text, of: [.id] + schema.indexed)
        for clause in filter.clauses where clause.field.isArray && clause.comparison == .notEqual {
            guard !clause.values.contains(where: \.isRange) else {
                throw .invalid("filter_by", "has a range that \(clause.field.name) must not be in, which is a list")
            }
        }
        return filter
    }

    private static func sort(_ text: String, _ schema: CollectionSchema) throws(Failure) -> [Order] {
        let parts = text.parts(at: ",")
        guard parts.count <= mostSorted else { throw .invalid("sort_by", "may name \(mostSorted) fields at most here") }
        var orders: [Order] = []
        for part in parts { orders.append(try order(part, schema)) }
        return orders
    }

    private static func order(_ text: String, _ schema: CollectionSchema) throws(Failure) -> Order {
        let parts = text.parts(at: ":", most: 2)
        let possible = schema.fields.filter(\.isSortable)
        let name = parts.first ?? ""
        let key = name == "_text_match" ? Key.relevance : possible.first { $0.name == name }.map { Key.field($0) }
        guard let key else {
            throw .invalid(
                "sort_by",
                "names \"\(text)\"; it may name _text_match, \(names(possible)): numbers that every document has"
            )
        }
        switch parts.count == 2 ? parts[1] : "asc" {
        case "asc" where key != .relevance: return Order(key: key, isDescending: false)
        case "desc": return Order(key: key, isDescending: true)
        default: throw .invalid("sort_by", "must say asc or desc after \(name):, and desc after _text_match:")
        }
    }

    private static func names(_ fields: [SchemaField]) -> String {
        fields.isEmpty ? "none here" : fields.prefix(20).map(\.name).joined(separator: ", ")
    }
}

extension FilterValue {
    var isRange: Bool { if case .range = self { true } else { false } }
}
