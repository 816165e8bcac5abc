// What is asked of the tables.

import Bus
import Contracts
import Storage

extension SequenceTables {
    private static let columns = """
        SELECT element.type, element.id, element.number, element.version, version.comment, version.data
        FROM element JOIN version USING (type, id, version)
        """
    private static let one = SQL("\(columns) WHERE element.type = $1 AND element.id = $2")
    private static let page = SQL(
        "\(columns) WHERE element.type = $1 AND element.number > $2 ORDER BY element.number LIMIT $3"
    )
    private static let presence: SQL = "SELECT 1 FROM element WHERE type = $1 AND id = $2"
    private static let largest: SQL = "SELECT coalesce(max(number), 0) FROM element WHERE type = $1"
    private static let history: SQL = """
        SELECT version, comment, data, created_at FROM version
        WHERE type = $1 AND id = $2 AND version > $3 ORDER BY version LIMIT $4
        """

    func element(_ element: ElementReference) throws -> ElementRow? {
        try transaction.row(Self.one, element.values, Self.row)
    }

    /// Those of the elements that exist, by id; all are of one type.
    func elements(_ elements: [ElementReference]) throws -> [ElementID: ElementRow] {
        let rows = try elements.compactMap { try element($0) }
        return Dictionary(rows.map { ($0.element.elementId, $0) }) { first, _ in first }
    }

    /// How many of the ids each type has.
    func countByType(_ ids: [ElementID]) throws -> [ElementType: Int] {
        try Dictionary(
            uniqueKeysWithValues: ElementType.allCases.map { type in
                (type, try ids.count { try transaction.exists(Self.presence, [.text(type.rawValue), .int($0.value)]) })
            }
        )
    }

    /// Numbers have no holes, so the largest is the count.
    func count(of type: ElementType) throws -> Int {
        try transaction.row(Self.largest, [.text(type.rawValue)]) { $0.int(0) } ?? 0
    }

    func page(of type: ElementType, after number: Int, limit: Int) throws -> [ElementRow] {
        try transaction.rows(Self.page, [.text(type.rawValue), .int(number), .int(limit)], Self.row)
    }

    func versions(of element: ElementReference, after version: Int, limit: Int) throws -> [VersionPage.Version] {
        try transaction.rows(Self.history, element.values + [.int(version), .int(limit)]) { row in
            VersionPage.Version(
                versionNumber: row.int(0),
                comment: try Self.comment(row.text(1)),
                data: row.bytesIfAny(2).map { JSONText(trusted: $0) },
                createdAt: Timestamp.text(row.time(3))
            )
        }
    }

    private static func row(_ row: any Row) throws -> ElementRow {
        guard let type = ElementType(rawValue: row.text(0)), let id = ElementID(row.int(1)) else {
            throw Failure(.internalError, "The store holds an element of an unknown type.")
        }
        return ElementRow(
            element: ElementReference(elementType: type, elementId: id),
            number: row.int(2),
            version: row.int(3),
            comment: try comment(row.text(4)),
            data: row.bytesIfAny(5)
        )
    }

    private static func comment(_ text: String) throws -> Comment {
        guard let comment = Comment(text) else { throw Failure(.internalError, "The store holds a comment too long.") }
        return comment
    }
}

extension ElementReference {
    /// As statements name an element: `$1` and `$2`.
    var values: [SQLValue] { [.text(elementType.rawValue), .int(elementId.value)] }
}
