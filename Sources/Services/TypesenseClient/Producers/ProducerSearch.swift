// A search of a producer's collection as SQL. The caller's words are bound as one FTS5 expression of quoted tokens, everything else as
// arguments; fields are numbers of ours.

import Bus
import Contracts
import Storage

struct ProducerSearch {
    private let query: ProducerQuery
    private let collection: ProducerCollection
    private var sql: String
    private var arguments = Arguments()

    init(_ query: ProducerQuery, _ collection: ProducerCollection) {
        (self.query, self.collection) = (query, collection)
        let words = collection.words
        var conditions: [String] = []
        sql = "FROM producer_document AS document"
        let columns = query.fields.map(\.column)
        if let match = query.question.match(in: columns) {
            // Crossed, words come first: SQLite takes a collection for few documents, and would look each up among the words'.
            sql = "FROM \(words) CROSS JOIN producer_document AS document ON document.row = \(words).rowid"
            conditions.append("\(words) MATCH \(arguments.add(.text(match)))")
        }
        conditions.append("document.collection = \(arguments.add(.int(collection.number)))")
        conditions.append("document.body IS NOT NULL")
        if let exclusion = query.question.exclusion(in: columns) {
            let excluded = arguments.add(.text(exclusion))
            conditions.append("document.row NOT IN (SELECT rowid FROM \(words) WHERE \(words) MATCH \(excluded))")
        }
        if let filter = query.filter { conditions.append(text(filter)) }
        sql += " WHERE " + conditions.joined(separator: " AND ")
    }

    func run(in transaction: any Transaction) throws -> ProducerFound {
        let counting = "SELECT count(*) FROM (SELECT 1 \(sql) LIMIT \(query.mostFound + 1))"
        let counted = try transaction.row(SQL(once: counting), arguments.values) { $0.int(0) } ?? 0
        let count = FoundCount(counted, atMost: query.mostFound)
        return ProducerFound(
            rows: try rows(in: transaction),
            found: count.found,
            more: count.more,
            facets: try query.facets.map { try facet($0, in: transaction) }
        )
    }

    private func rows(in transaction: any Transaction) throws -> [Int64] {
        var arguments = arguments
        let order = query.order.map { order in
            "\(text(order.key, &arguments)) \(order.isDescending && order.key != .relevance ? "DESC" : "ASC")"
        }
        let (limit, offset) = (arguments.add(.int(query.page.limit)), arguments.add(.int(query.page.offset)))
        let page =
            "SELECT document.row \(sql) ORDER BY \(order.joined(separator: ", ")) LIMIT \(limit) OFFSET \(offset)"
        return try transaction.rows(SQL(once: page), arguments.values) { $0.integer(0) }
    }

    private func facet(_ field: SchemaField, in transaction: any Transaction) throws -> SearchFacet {
        var arguments = arguments
        let key = arguments.add(key(of: field))
        let counts = """
            SELECT value, count(*) FROM producer_value WHERE field = \(key) AND document IN (SELECT document.row \(sql))
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT \(SearchFacet.most)
            """
        let rows = try transaction.rows(SQL(once: counts), arguments.values) { row in
            SearchFacet.Count(value: field.isText ? row.text(0) : field.text(row.int(0)), count: row.int(1))
        }
        return .counted(field, rows)
    }

    private func key(of field: SchemaField) -> SQLValue { .int(collection.key.lowerBound + field.number) }

    private func text(_ key: ProducerQuery.Key, _ arguments: inout Arguments) -> String {
        switch key {
        case .relevance: "relevance(\(collection.words))"
        case .id: "document.id"
        case .field(let field):
            "(SELECT value FROM producer_value WHERE document = document.row AND field = \(arguments.add(self.key(of: field))))"
        }
    }

    // MARK: Filters

    private mutating func text(_ filter: FieldFilter<SchemaField>) -> String {
        switch filter {
        case .clause(let clause), .numbers(let clause, _): return text(clause)
        case .all(let parts): return joined(parts, " AND ")
        case .any(let parts): return joined(parts, " OR ")
        }
    }

    private mutating func joined(_ parts: [FieldFilter<SchemaField>], _ operation: String) -> String {
        var sides: [String] = []
        for part in parts { sides.append(text(part)) }
        return "(\(sides.joined(separator: operation)))"
    }

    /// Of a list, one of its values; of what must not be, none. What a document is without is not equal to anything.
    private mutating func text(_ clause: FieldClause<SchemaField>) -> String {
        let isNot = clause.comparison == .notEqual
        guard clause.field != .id else { return "\(isNot ? "NOT " : "")(\(values(clause, "document.id")))" }
        let key = arguments.add(key(of: clause.field))
        let isThere = """
            EXISTS (SELECT 1 FROM producer_value
            WHERE document = document.row AND field = \(key) AND (\(values(clause, "value"))))
            """
        return isNot ? "NOT \(isThere)" : isThere
    }

    private mutating func values(_ clause: FieldClause<SchemaField>, _ column: String) -> String {
        let isEquality = clause.comparison == .equal || clause.comparison == .notEqual
        let comparison = isEquality ? "=" : clause.comparison.rawValue
        var alternatives: [String] = []
        for value in clause.values {
            switch value {
            case .range(let range):
                let (low, high) = (arguments.add(.int(range.lowerBound)), arguments.add(.int(range.upperBound)))
                alternatives.append("\(column) BETWEEN \(low) AND \(high)")
            case .number(let number): alternatives.append("\(column) \(comparison) \(arguments.add(.int(number)))")
            case .text(let text): alternatives.append("\(column) = \(arguments.add(.text(text)))")
            }
        }
        return alternatives.joined(separator: " OR ")
    }
}
