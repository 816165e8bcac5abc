// What is asked of the tables.

import Bus
package import Contracts
import Storage

extension DatabaseTables {
    private static let sequenceNamed: SQL = "SELECT id, revision FROM sequence WHERE name = $1 AND is_dropped = 0"

    package func sequence(_ name: SequenceName) throws -> SequenceRow? {
        if let known = unwritten.sequence(name) { return known }
        let found = try transaction.row(Self.sequenceNamed, [.text(name.text)]) {
            SequenceRow(id: $0.integer(0), name: name, revision: $0.count(1))
        }
        if let found { unwritten.know(found) }
        return found
    }

    private static let sequencesAfter: SQL = """
        SELECT id, name, revision FROM sequence WHERE name > $1 AND is_dropped = 0 ORDER BY name LIMIT $2
        """

    package func sequences(after name: SequenceName?, limit: Int) throws -> [SequenceRow] {
        try transaction.rows(Self.sequencesAfter, [.text(name?.text ?? ""), .int(limit)]) { row in
            guard let name = SequenceName(row.text(1)) else { throw Self.broken }
            return SequenceRow(id: row.integer(0), name: name, revision: row.count(2))
        }
    }

    private static let element: SQL = """
        SELECT element.type, element.id, element.place, element.version, element.revision, element.placed,
            version.comment, version.data
        FROM element JOIN version USING (sequence, type, id, version)
        WHERE element.sequence = $1 AND element.type = $2 AND element.id = $3
        """

    package func element(_ name: Neighbour, in sequence: SequenceRow) throws -> ElementRow? {
        try transaction.row(Self.element, Self.key(name, sequence)) { try Self.row($0, sequence) }
    }

    package func prefetch(_ name: Neighbour, in sequence: SequenceRow) throws {
        try transaction.prefetch(Self.element, Self.key(name, sequence))
        try places(of: sequence.id).prefetchLast()
    }

    private static func key(_ name: Neighbour, _ sequence: SequenceRow) -> [SQLValue] {
        [.integer(sequence.id), .text(name.elementType.rawValue), .int(name.elementId.value)]
    }

    private static let standing: SQL = "SELECT type, id FROM element WHERE sequence = $1 AND place = $2"

    package func element(at place: Int64, in sequence: SequenceRow) throws -> Neighbour? {
        try transaction.row(Self.standing, [.integer(sequence.id), .integer(place)], Self.name)
    }

    private static let elementsFrom: SQL = """
        SELECT element.type, element.id, element.place, element.version, element.revision, element.placed,
            version.comment, version.data
        FROM element JOIN version USING (sequence, type, id, version)
        WHERE element.sequence = $1 AND element.place >= $2 ORDER BY element.place LIMIT $3
        """

    package func elements(from place: Int64, limit: Int, in sequence: SequenceRow) throws -> [ElementRow] {
        try transaction.rows(
            Self.elementsFrom,
            [.integer(sequence.id), .integer(max(0, place)), .int(limit)]
        ) { try Self.row($0, sequence) }
    }

    private static let versionsAfter: SQL = """
        SELECT version, comment, data, created_at FROM version
        WHERE sequence = $1 AND type = $2 AND id = $3 AND version > $4 ORDER BY version LIMIT $5
        """

    package func versions(of row: ElementRow, after version: Int, limit: Int) throws -> [VersionPage.Version] {
        try transaction.rows(Self.versionsAfter, row.name + [.int(version), .int(limit)]) { found in
            var row = row
            row.version = found.int(0)
            row.comment = try Self.comment(found.text(1))
            row.data = found.bytesIfAny(2)
            return row.version(found.time(3))
        }
    }

    package func epoch() throws -> UInt64 { try Outbox.epoch(of: SequenceOperations.changed.name, in: transaction) }

    package func head() throws -> UInt64 { try Outbox.head(of: SequenceOperations.changed.name, in: transaction) }

    private static func row(_ row: any Row, _ sequence: SequenceRow) throws -> ElementRow {
        let name = try name(row)
        return ElementRow(
            element: ElementReference(
                elementType: name.elementType,
                elementId: name.elementId,
                sequenceName: sequence.name
            ),
            sequence: sequence.id,
            place: row.integer(2),
            version: row.int(3),
            comment: try comment(row.text(6)),
            data: row.bytesIfAny(7),
            revision: row.count(4),
            placed: row.count(5)
        )
    }

    private static func name(_ row: any Row) throws -> Neighbour {
        guard let type = ElementType(rawValue: row.text(0)), let id = ElementID(row.int(1)) else { throw broken }
        return Neighbour(elementType: type, elementId: id)
    }

    private static func comment(_ text: String) throws -> Comment {
        guard let comment = Comment(text) else { throw broken }
        return comment
    }

    private static let broken = Failure(.internalError, "The store holds something that breaks the contract.")
}
