// What is asked of the tables.

import Bus
import Contracts
import Foundation
import GRDB

extension SequenceTables {
    private static let columns = """
        SELECT element.type, element.id, element.number, element.version, version.comment, version.data
        FROM element JOIN version USING (type, id, version)
        """

    func element(_ element: ElementReference) throws -> ElementRow? {
        let statement = try db.cachedStatement(sql: "\(Self.columns) WHERE element.type = ? AND element.id = ?")
        let arguments: StatementArguments = [element.elementType.rawValue, element.elementId.value]
        return try Row.fetchOne(statement, arguments: arguments).map(Self.row)
    }

    /// Those of the elements that exist, by id; all are of one type.
    func elements(_ elements: [ElementReference]) throws -> [ElementID: ElementRow] {
        let rows = try elements.compactMap { try element($0) }
        return Dictionary(rows.map { ($0.element.elementId, $0) }) { first, _ in first }
    }

    /// How many of the ids each type has.
    func countByType(_ ids: [ElementID]) throws -> [ElementType: Int] {
        let statement = try db.cachedStatement(sql: "SELECT 1 FROM element WHERE type = ? AND id = ?")
        return try Dictionary(
            uniqueKeysWithValues: ElementType.allCases.map { type in
                let present = try ids.count {
                    try Int.fetchOne(statement, arguments: [type.rawValue, $0.value]) != nil
                }
                return (type, present)
            }
        )
    }

    /// Numbers have no holes, so the largest is the count.
    func count(of type: ElementType) throws -> Int {
        let statement = try db.cachedStatement(sql: "SELECT coalesce(max(number), 0) FROM element WHERE type = ?")
        return try Int.fetchOne(statement, arguments: [type.rawValue]) ?? 0
    }

    func page(of type: ElementType, after number: Int, limit: Int) throws -> [ElementRow] {
        let statement = try db.cachedStatement(
            sql: "\(Self.columns) WHERE element.type = ? AND element.number > ? ORDER BY element.number LIMIT ?"
        )
        return try Row.fetchAll(statement, arguments: [type.rawValue, number, limit]).map(Self.row)
    }

    func versions(of element: ElementReference, after version: Int, limit: Int) throws -> [VersionPage.Version] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT version, comment, data, created_at FROM version
                WHERE type = ? AND id = ? AND version > ? ORDER BY version LIMIT ?
                """
        )
        let arguments: StatementArguments = [element.elementType.rawValue, element.elementId.value, version, limit]
        return try Row.fetchAll(statement, arguments: arguments).map { row in
            let data: Data? = row[2]
            return VersionPage.Version(
                versionNumber: row[0],
                comment: try Self.comment(row[1]),
                data: data.map { JSONText(trusted: [UInt8]($0)) },
                createdAt: Timestamp.text(Deadline(microseconds: UInt64(clamping: row[3] as Int64)))
            )
        }
    }

    private static func row(_ row: Row) throws -> ElementRow {
        guard let type = ElementType(rawValue: row[0]), let id = ElementID(row[1]) else {
            throw Failure(.internalError, "The store holds an element of an unknown type.")
        }
        let data: Data? = row[5]
        return ElementRow(
            element: ElementReference(elementType: type, elementId: id),
            number: row[2],
            version: row[3],
            comment: try comment(row[4]),
            data: data.map { [UInt8]($0) }
        )
    }

    private static func comment(_ text: String) throws -> Comment {
        guard let comment = Comment(text) else { throw Failure(.internalError, "The store holds a comment too long.") }
        return comment
    }
}
