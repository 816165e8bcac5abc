// A search as SQL. The caller's words are bound as one FTS5 expression of quoted tokens, the filter's values as arguments; the names of
// fields come from `DocumentField`, never from the caller.

import Bus
import Contracts
import Ordering
import Storage

extension DocumentTable {
    /// Values of a facet that are counted.
    private static let facetValues = 100

    func search(_ query: SearchQuery) throws -> SearchAnswer {
        guard !query.question.findsNothing else { return SearchAnswer(hits: [], found: 0, facets: query.emptyFacets) }
        let query = try query.resolved { try IndexOrder.ranges($0, transaction) }
        let condition = Condition(query, words: try WordTable.current(in: transaction).name)
        let all = SQL(once: "SELECT count(*) \(condition.sql)")
        let found = try transaction.row(all, condition.arguments.values) { $0.int(0) } ?? 0
        let hits = try page(query, condition)
        let facets = try query.facets.map { try facet($0, condition) }
        return SearchAnswer(hits: hits, found: found, facets: facets.isEmpty ? nil : facets)
    }

    /// Those that were written past the events.
    func byHand() throws -> [SearchDocument] {
        try transaction.rows(SQL("\(Self.shown) FROM document WHERE is_by_hand = 1"), [], document)
    }

    private static let shown = """
        SELECT document.element_type, element_id, sequence_number, version_number, document.comment,
            document.service_name, document.sequence_name, document.place, document.is_by_hand
        """

    private func page(_ query: SearchQuery, _ condition: Condition) throws -> [SearchDocument] {
        var arguments = condition.arguments
        let (limit, offset) = (arguments.add(.int(query.limit)), arguments.add(.int(query.offset)))
        let page = SQL(
            once: """
                \(Self.shown)
                \(condition.sql) ORDER BY \(condition.order) LIMIT \(limit) OFFSET \(offset)
                """
        )
        return try transaction.rows(page, arguments.values, document)
    }

    private func facet(_ field: DocumentField, _ condition: Condition) throws -> SearchFacet {
        let counts = SQL(
            once: """
                SELECT CAST(document.\(field.rawValue) AS TEXT), count(*) \(condition.sql)
                GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT \(Self.facetValues)
                """
        )
        let rows = try transaction.rows(counts, condition.arguments.values) { row in
            SearchFacet.Count(value: row.text(0), count: row.int(1))
        }
        return SearchFacet(field: field.rawValue, counts: rows)
    }

    /// With the number of this moment.
    private func document(_ row: any Row) throws -> SearchDocument {
        guard let type = ElementType(rawValue: row.text(0)), let id = ElementID(row.int(1)),
            let comment = Comment(row.text(4)), let sequence = SequenceName(row.text(6))
        else {
            throw Failure(.internalError, "The index holds a document that breaks the contract.")
        }
        let rank = row.flag(8) ? nil : try IndexOrder(transaction, sequence.text).list.rank(of: row.integer(7))
        return SearchDocument(
            element: ElementReference(elementType: type, elementId: id, sequenceName: sequence),
            sequenceNumber: rank ?? row.int(2),
            versionNumber: row.int(3),
            comment: comment,
            serviceName: row.text(5)
        )
    }
}

/// What is bound to a statement that is being put together.
struct Arguments {
    private(set) var values: [SQLValue] = []

    /// The mark that stands for the value.
    mutating func add(_ value: SQLValue) -> String {
        values.append(value)
        return "$\(values.count)"
    }
}

/// The part of the statement from FROM on, and what is bound to it.
private struct Condition {
    var sql: String
    var arguments = Arguments()
    var order: String

    init(_ query: SearchQuery, words: String) {
        var conditions: [String] = []
        sql = "FROM document"
        if let match = Self.match(query) {
            sql = "FROM \(words) JOIN document ON document.row = \(words).rowid"
            conditions.append("\(words) MATCH \(arguments.add(.text(match)))")
        }
        if !query.question.excluded.isEmpty {
            let terms = query.question.excluded.map(Self.quoted).joined(separator: " OR ")
            let excluded = arguments.add(.text("{\(Self.columns(query))} : (\(terms))"))
            conditions.append("document.row NOT IN (SELECT rowid FROM \(words) WHERE \(words) MATCH \(excluded))")
        }
        if let filter = query.filter { conditions.append(filter.sql(&arguments)) }
        if !conditions.isEmpty { sql += " WHERE " + conditions.joined(separator: " AND ") }
        order = Self.order(query)
    }

    private static func order(_ query: SearchQuery) -> String {
        let sorted = query.sort.map { "document.\($0.field.column) \($0.isDescending ? "DESC" : "ASC")" }
        let relevance = sorted.isEmpty && query.question.hasRelevance ? ["rank"] : []
        return (sorted + relevance + ["document.element_type", "document.element_id", "document.place"]).joined(
            separator: ", "
        )
    }

    /// `{comment_words} : ("nobler" AND "to be" AND "mi" *)`; tokens are letters and digits, so a quote cannot be in one.
    private static func match(_ query: SearchQuery) -> String? {
        let question = query.question
        var terms = (question.required.map { [$0] } + question.phrases).map(quoted)
        terms += question.anyOf.map { words in "(\(words.map { quoted([$0]) }.joined(separator: " OR ")))" }
        if let beginning = question.beginning { terms.append(quoted([beginning]) + " *") }
        return terms.isEmpty ? nil : "{\(columns(query))} : (\(terms.joined(separator: " AND ")))"
    }

    private static func columns(_ query: SearchQuery) -> String {
        query.fields.map { "\($0.rawValue)_words" }.joined(separator: " ")
    }

    private static func quoted(_ tokens: [String]) -> String { "\"\(tokens.joined(separator: " "))\"" }
}

extension Filter {
    /// As a condition; what it compares with goes to `arguments`.
    fileprivate func sql(_ arguments: inout Arguments) -> String {
        switch self {
        case .clause(let clause): clause.sql(&arguments)
        case .numbers(let clause, let ranges): clause.sql(in: ranges, &arguments)
        case .all(let parts): Self.join(parts, by: " AND ", &arguments)
        case .any(let parts): Self.join(parts, by: " OR ", &arguments)
        }
    }

    private static func join(_ parts: [Filter], by operation: String, _ arguments: inout Arguments) -> String {
        var sides: [String] = []
        for part in parts { sides.append(part.sql(&arguments)) }
        return "(\(sides.joined(separator: operation)))"
    }
}

extension DocumentField {
    /// What a document is sorted by: numbers as the places that they come from.
    fileprivate var column: String { self == .sequenceNumber ? "place" : rawValue }
}

extension FilterClause {
    /// A number as the places that it means now; documents by hand are compared by what they say.
    fileprivate func sql(in ranges: [PlaceRange], _ arguments: inout Arguments) -> String {
        let byHand = sql(&arguments)
        var places: [String] = []
        for range in ranges {
            let (low, high) = (range.places.lowerBound, range.places.upperBound)
            let bounds = [.text(range.sequence), .integer(low), .integer(high)].map { arguments.add($0) }
            places.append("(\(bounds.joined(separator: ", ")))")
        }
        let isThere = """
            EXISTS (SELECT 1 FROM (SELECT column1 AS name, column2 AS low, column3 AS high
                FROM (VALUES \(places.joined(separator: ", ")))) AS range
            WHERE range.name = document.sequence_name AND document.place >= range.low AND document.place < range.high)
            """
        let isAsked = ranges.isEmpty ? "0" : isThere
        let byPlace = comparison == .notEqual ? "NOT \(isAsked)" : isAsked
        return "CASE WHEN document.is_by_hand THEN \(byHand) ELSE \(byPlace) END"
    }

    fileprivate func sql(_ arguments: inout Arguments) -> String {
        let column = "document.\(field.rawValue)"
        guard comparison == .equal || comparison == .notEqual else {
            // The parser gives these one value.
            return values.first.map { "\(column) \(comparison.rawValue) \($0.mark(&arguments))" } ?? "0"
        }
        var alternatives: [String] = []
        for value in values { alternatives.append(value.sql(column, &arguments)) }
        let text = "(\(alternatives.joined(separator: " OR ")))"
        return comparison == .equal ? text : "NOT \(text)"
    }
}

extension FilterValue {
    fileprivate func sql(_ column: String, _ arguments: inout Arguments) -> String {
        guard case .range(let range) = self else { return "\(column) = \(mark(&arguments))" }
        let (low, high) = (arguments.add(.int(range.lowerBound)), arguments.add(.int(range.upperBound)))
        return "\(column) BETWEEN \(low) AND \(high)"
    }

    fileprivate func mark(_ arguments: inout Arguments) -> String {
        switch self {
        case .number(let number): arguments.add(.int(number))
        case .text(let text): arguments.add(.text(text))
        case .range(let range): arguments.add(.int(range.lowerBound))
        }
    }
}
