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
        let query = try query.resolved(in: transaction)
        let condition = Condition(query, words: try WordTable.current(in: transaction).name)
        let page = condition.isBest ? try best(query, condition) : try ordered(query, condition)
        return SearchAnswer(
            hits: page.hits,
            found: page.count.found,
            foundMore: page.count.more,
            facets: query.facets.isEmpty ? nil : try query.facets.map { try facet($0, condition, of: query.mostFound) }
        )
    }

    /// Those that were written past the events.
    func byHand() throws -> [SearchDocument] {
        try transaction.rows(SQL("\(Self.shown) FROM document WHERE is_by_hand = 1"), [], document)
    }

    private static let shown = """
        SELECT document.element_type, element_id, sequence_number, version_number, document.comment,
            document.service_name, document.sequence_name, document.place, document.is_by_hand
        """

    private typealias Page = (count: FoundCount, hits: [SearchDocument])

    private func ordered(_ query: SearchQuery, _ condition: Condition) throws -> Page {
        var arguments = condition.arguments
        let (limit, offset) = arguments.add(query.page)
        let page = SQL(
            once: "\(Self.shown) \(condition.sql) ORDER BY \(condition.order) LIMIT \(limit) OFFSET \(offset)"
        )
        return (try count(query, condition), try transaction.rows(page, arguments.values, document))
    }

    private func count(_ query: SearchQuery, _ condition: Condition) throws -> FoundCount {
        let counting = SQL(once: "SELECT count(*) FROM (SELECT 1 \(condition.counting) LIMIT \(query.mostFound + 1))")
        let counted = try transaction.row(counting, condition.arguments.values) { $0.int(0) } ?? 0
        return FoundCount(counted, atMost: query.mostFound)
    }

    /// Counts and weighs what is found in one look. Each of thousands lies on a page of the file of its own: where no filter has read it, only those are read whose
    /// rank can be among the hits, and nobody is read twice. Where more match than are counted, these are the best of the first so many.
    private func best(_ query: SearchQuery, _ condition: Condition) throws -> Page {
        var arguments = condition.arguments
        let (limit, offset) = arguments.add(query.page)
        let order = "rank, element_type, element_id, place"
        let ties = condition.readsDocuments ? ", document.element_type, element_id, document.place" : ""
        let page = SQL(
            once: """
                WITH ranked AS MATERIALIZED (
                    SELECT \(condition.row) AS found, \(condition.relevance) AS rank\(ties) \(condition.counting)
                    LIMIT \(query.mostFound + 1)
                ), counted AS (
                    SELECT * FROM ranked LIMIT \(query.mostFound)
                ), best AS (
                    SELECT found, rank FROM counted WHERE rank <= ifnull(
                        (SELECT rank FROM counted ORDER BY rank LIMIT 1 OFFSET \(limit) + \(offset) - 1), 9e999)
                ), page AS (
                    SELECT found, rank FROM \(ties.isEmpty ? "best JOIN document ON document.row = found" : "counted")
                    ORDER BY \(order) LIMIT \(limit) OFFSET \(offset)
                )
                \(Self.shown), matches FROM (SELECT count(*) AS matches FROM ranked)
                LEFT JOIN (page JOIN document ON document.row = page.found) ON 1
                ORDER BY \(order)
                """
        )
        let rows = try transaction.rows(page, arguments.values) { row in
            (count: row.int(9), hit: row.textIfAny(0) == nil ? nil : try document(row))
        }
        return (FoundCount(rows.first?.count ?? 0, atMost: query.mostFound), rows.compactMap(\.hit))
    }

    private func facet(_ field: DocumentField, _ condition: Condition, of most: Int) throws -> SearchFacet {
        let counts = SQL(
            once: """
                SELECT CAST(value AS TEXT), count(*)
                FROM (SELECT document.\(field.rawValue) AS value \(condition.sql) LIMIT \(most))
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

    fileprivate mutating func add(_ page: HitPage) -> (limit: String, offset: String) {
        (add(.int(page.limit)), add(.int(page.offset)))
    }
}

/// The part of the statement from FROM on, and what is bound to it.
private struct Condition {
    let sql: String
    /// The same where nothing of the documents matters: words without a filter are found without them.
    let counting: String
    /// The row of a document there, and how well it fits; a guess weighs nothing.
    let row, relevance: String
    private(set) var arguments = Arguments()
    /// Without relevance.
    let order: String
    /// Whether a filter has to see the documents.
    let readsDocuments: Bool
    /// Whether the best of it are shown, rather than the first.
    let isBest: Bool

    init(_ query: SearchQuery, words: String) {
        var (conditions, source, alone): ([String], String, String?) = ([], "FROM document", nil)
        let columns = query.fields.map { "\($0.rawValue)_words" }
        let needed = query.filter?.neededWords ?? []
        if let match = query.question.match(in: columns) {
            source = "FROM \(words) JOIN document ON document.row = \(words).rowid"
            conditions.append("\(words) MATCH \(arguments.add(.text(needed.expression(behind: match))))")
            if query.filter == nil, query.question.excluded.isEmpty { alone = "FROM \(words) WHERE \(conditions[0])" }
        }
        if let exclusion = query.question.exclusion(in: columns) {
            let excluded = arguments.add(.text(exclusion))
            conditions.append("document.row NOT IN (SELECT rowid FROM \(words) WHERE \(words) MATCH \(excluded))")
        }
        if let filter = query.filter { conditions.append(filter.sql(&arguments)) }
        sql = conditions.isEmpty ? source : "\(source) WHERE \(conditions.joined(separator: " AND "))"
        (counting, readsDocuments) = (alone ?? sql, alone == nil)
        isBest = query.sort.isEmpty && !query.question.isEverything
        row = alone == nil ? "document.row" : "\(words).rowid"
        relevance = query.question.hasRelevance ? "relevance(\(words), \(needed.phrases))" : "0"
        order = Self.order(query)
    }

    /// No column twice, so that an index may have this order.
    private static func order(_ query: SearchQuery) -> String {
        let sorted = query.sort.map { (column: $0.field.column, isDescending: $0.isDescending) }
        let rest = ["element_type", "element_id", "place"].filter { column in !sorted.contains { $0.column == column } }
        let terms = sorted.map { "document.\($0.column) \($0.isDescending ? "DESC" : "ASC")" }
        return (terms + rest.map { "document.\($0)" }).joined(separator: ", ")
    }
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
            // The places are ours: SQLite looks for the name of each argument among all of them.
            let name = arguments.add(.text(range.sequence))
            places.append("(\(name), \(range.places.lowerBound), \(range.places.upperBound))")
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
