// A search as SQL. The caller's words are bound as one FTS5 expression of quoted strings, the filter's values as arguments; the names
// of fields come from `DocumentField`, never from the caller.

import Bus
import Contracts
import GRDB

extension DocumentTable {
    func search(_ query: SearchQuery) throws -> SearchAnswer {
        let condition = Condition(query, words: try WordTable.current(in: db).name)
        let found = try Int.fetchOne(
            try db.cachedStatement(sql: "SELECT count(*) \(condition.sql)"),
            arguments: condition.arguments
        )
        let page = try db.cachedStatement(
            sql: """
                SELECT document.element_type, element_id, sequence_number, version_number, document.comment,
                    document.service_name
                \(condition.sql) ORDER BY \(condition.order) LIMIT ?
                """
        )
        let rows = try Row.fetchAll(page, arguments: condition.arguments + [query.maximumHits])
        return SearchAnswer(hits: try rows.map(Self.document), found: found ?? 0)
    }

    private static func document(_ row: Row) throws -> SearchDocument {
        guard let type = ElementType(rawValue: row[0]), let id = ElementID(row[1]), let comment = Comment(row[4]) else {
            throw Failure(.internalError, "The index holds a document that breaks the contract.")
        }
        return SearchDocument(
            element: ElementReference(elementType: type, elementId: id),
            sequenceNumber: row[2],
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
        if query.words.isEmpty {
            sql = "FROM document"
        } else {
            sql = "FROM \(words) JOIN document ON document.row = \(words).rowid"
            conditions.append("\(words) MATCH ?")
            arguments += [Self.match(query)]
        }
        for clause in query.filter {
            conditions.append(Self.condition(clause))
            arguments += StatementArguments(clause.values.map(\.databaseValue))
        }
        if !conditions.isEmpty { sql += " WHERE " + conditions.joined(separator: " AND ") }
        let sorted = query.sort.map { "document.\($0.field.rawValue) \($0.isDescending ? "DESC" : "ASC")" }
        order = (sorted + (query.words.isEmpty ? [] : ["rank"]) + ["document.row"]).joined(separator: ", ")
    }

    /// `{comment element_type} : ("nobler" AND "mi" *)`. In quotes nothing but the quote itself has a meaning, and that is doubled.
    private static func match(_ query: SearchQuery) -> String {
        let columns = query.fields.map(\.rawValue).joined(separator: " ")
        let words = query.words.map { "\"\($0.doubling("\""))\"" }
        return "{\(columns)} : (" + words.joined(separator: " AND ") + " *)"
    }

    private static func condition(_ clause: FilterClause) -> String {
        let column = "document.\(clause.field.rawValue)"
        let places = clause.values.map { _ in "?" }.joined(separator: ", ")
        return switch clause.comparison {
        case .equal: "\(column) IN (\(places))"
        case .notEqual: "\(column) NOT IN (\(places))"
        default: "\(column) \(clause.comparison.rawValue) ?"
        }
    }
}

extension FilterClause.Value {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .number(let number): number.databaseValue
        case .text(let text): text.databaseValue
        }
    }
}
