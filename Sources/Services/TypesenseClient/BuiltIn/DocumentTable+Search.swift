// A search as SQL. The caller's words are bound as one FTS5 expression of quoted tokens, the filter's values as arguments; the names of
// fields come from `DocumentField`, never from the caller.

import Bus
import Contracts
import GRDB
import Ordering

extension DocumentTable {
    /// Values of a facet that are counted.
    private static let facetValues = 100

    func search(_ query: SearchQuery) throws -> SearchAnswer {
        guard !query.question.findsNothing else { return SearchAnswer(hits: [], found: 0, facets: query.emptyFacets) }
        let query = try query.resolved { try IndexOrder.ranges($0, db) }
        let condition = Condition(query, words: try WordTable.current(in: db).name)
        let found = try Int.fetchOne(
            try db.cachedStatement(sql: "SELECT count(*) \(condition.sql)"),
            arguments: condition.arguments
        )
        let page = try db.cachedStatement(
            sql: """
                SELECT document.element_type, element_id, sequence_number, version_number, document.comment,
                    document.service_name, document.sequence_name, document.place, document.is_by_hand
                \(condition.sql) ORDER BY \(condition.order) LIMIT ? OFFSET ?
                """
        )
        let rows = try Row.fetchAll(page, arguments: condition.arguments + [query.limit, query.offset])
        let hits = try rows.map { try document($0) }
        let facets = try query.facets.map { try facet($0, condition) }
        return SearchAnswer(hits: hits, found: found ?? 0, facets: facets.isEmpty ? nil : facets)
    }

    private func facet(_ field: DocumentField, _ condition: Condition) throws -> SearchFacet {
        let counts = try db.cachedStatement(
            sql: """
                SELECT CAST(document.\(field.rawValue) AS TEXT), count(*) \(condition.sql)
                GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT \(Self.facetValues)
                """
        )
        let rows = try Row.fetchAll(counts, arguments: condition.arguments)
        return SearchFacet(field: field.rawValue, counts: rows.map { SearchFacet.Count(value: $0[0], count: $0[1]) })
    }

    /// With the number of this moment.
    private func document(_ row: Row) throws -> SearchDocument {
        guard let type = ElementType(rawValue: row[0]), let id = ElementID(row[1]), let comment = Comment(row[4]),
            let sequence = SequenceName(row[6])
        else {
            throw Failure(.internalError, "The index holds a document that breaks the contract.")
        }
        return SearchDocument(
            element: ElementReference(elementType: type, elementId: id, sequenceName: sequence),
            sequenceNumber: row[8] ? row[2] : try IndexOrder(db, sequence.text).list.rank(of: row[7]),
            versionNumber: row[3],
            comment: comment,
            serviceName: row[5]
        )
    }
}

/// The part of the statement from FROM on, and what is bound to it.
private struct Condition {
    var sql: String
    var arguments: StatementArguments
    var order: String

    init(_ query: SearchQuery, words: String) {
        var conditions: [String] = []
        arguments = []
        sql = "FROM document"
        if let match = Self.match(query) {
            sql = "FROM \(words) JOIN document ON document.row = \(words).rowid"
            conditions.append("\(words) MATCH ?")
            arguments += [match]
        }
        if !query.question.excluded.isEmpty {
            conditions.append("document.row NOT IN (SELECT rowid FROM \(words) WHERE \(words) MATCH ?)")
            let excluded = query.question.excluded.map(Self.quoted).joined(separator: " OR ")
            arguments += ["{\(Self.columns(query))} : (\(excluded))"]
        }
        if let filter = query.filter {
            let (text, values) = filter.sql
            conditions.append(text)
            arguments += StatementArguments(values)
        }
        if !conditions.isEmpty { sql += " WHERE " + conditions.joined(separator: " AND ") }
        order = Self.order(query)
    }

    private static func order(_ query: SearchQuery) -> String {
        let sorted = query.sort.map { "document.\($0.field.column) \($0.isDescending ? "DESC" : "ASC")" }
        let relevance = sorted.isEmpty && !query.question.isEverything ? ["rank"] : []
        return (sorted + relevance + ["document.element_type", "document.element_id", "document.place"]).joined(
            separator: ", "
        )
    }

    /// `{comment_words} : ("nobler" AND "to be" AND "mi" *)`; tokens are letters and digits, so a quote cannot be in one.
    private static func match(_ query: SearchQuery) -> String? {
        let question = query.question
        var terms = (question.required.map { [$0] } + question.phrases).map(quoted)
        if let beginning = question.beginning { terms.append(quoted([beginning]) + " *") }
        return terms.isEmpty ? nil : "{\(columns(query))} : (\(terms.joined(separator: " AND ")))"
    }

    private static func columns(_ query: SearchQuery) -> String {
        query.fields.map { "\($0.rawValue)_words" }.joined(separator: " ")
    }

    private static func quoted(_ tokens: [String]) -> String { "\"\(tokens.joined(separator: " "))\"" }
}

extension Filter {
    /// As a condition, and what is bound to it.
    fileprivate var sql: (text: String, values: [any DatabaseValueConvertible]) {
        switch self {
        case .clause(let clause): return clause.sql
        case .numbers(let clause, let ranges): return clause.sql(in: ranges)
        case .all(let parts): return Self.join(parts, by: " AND ")
        case .any(let parts): return Self.join(parts, by: " OR ")
        }
    }

    private static func join(
        _ parts: [Filter],
        by operation: String
    ) -> (text: String, values: [any DatabaseValueConvertible]) {
        let sides = parts.map(\.sql)
        return ("(\(sides.map(\.text).joined(separator: operation)))", sides.flatMap(\.values))
    }
}

extension DocumentField {
    /// What a document is sorted by: numbers as the places that they come from.
    fileprivate var column: String { self == .sequenceNumber ? "place" : rawValue }
}

extension FilterClause {
    /// A number as the places that it means now; documents by hand are compared by what they say.
    fileprivate func sql(in ranges: [PlaceRange]) -> (text: String, values: [any DatabaseValueConvertible]) {
        let places = ranges.map { _ in "(?, ?, ?)" }.joined(separator: ", ")
        let isThere = """
            EXISTS (SELECT 1 FROM (SELECT column1 AS name, column2 AS low, column3 AS high FROM (VALUES \(places))) AS range
            WHERE range.name = document.sequence_name AND document.place >= range.low AND document.place < range.high)
            """
        let isAsked = ranges.isEmpty ? "0" : isThere
        let byPlace = comparison == .notEqual ? "NOT \(isAsked)" : isAsked
        let byHand = sql
        let bounds = ranges.flatMap { range -> [any DatabaseValueConvertible] in
            [range.sequence, range.places.lowerBound, range.places.upperBound]
        }
        return ("CASE WHEN document.is_by_hand THEN \(byHand.text) ELSE \(byPlace) END", byHand.values + bounds)
    }

    fileprivate var sql: (text: String, values: [any DatabaseValueConvertible]) {
        let column = "document.\(field.rawValue)"
        guard comparison == .equal || comparison == .notEqual else {
            return ("\(column) \(comparison.rawValue) ?", values.flatMap(\.bound))
        }
        let alternatives = values.map { value in
            if case .range = value { "\(column) BETWEEN ? AND ?" } else { "\(column) = ?" }
        }
        let text = "(\(alternatives.joined(separator: " OR ")))"
        return (comparison == .equal ? text : "NOT \(text)", values.flatMap(\.bound))
    }
}

extension FilterClause.Value {
    fileprivate var bound: [any DatabaseValueConvertible] {
        switch self {
        case .number(let number): [number]
        case .text(let text): [text]
        case .range(let range): [range.lowerBound, range.upperBound]
        }
    }
}
