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

    /// With `version.data` last of all, or without it.
    private static let columns = """
        element.type, element.id, element.place, element.version, element.revision, element.placed, version.comment
        """
    private static let latest = "FROM element JOIN version USING (sequence, type, id, version)"
    private static let named = "\(latest) WHERE element.sequence = $1 AND element.type = $2 AND element.id = $3"
    private static let element = SQL("SELECT \(columns), version.data \(named)")
    private static let standing = SQL("SELECT \(columns) \(named)")

    package func element(_ name: Neighbour, in sequence: SequenceRow) throws -> ElementRow? {
        try transaction.row(Self.element, Self.key(name, sequence)) { try Self.whole($0, sequence) }
    }

    package func standing(_ name: Neighbour, in sequence: SequenceRow) throws -> StandingRow? {
        try transaction.row(Self.standing, Self.key(name, sequence)) { try Self.row($0, sequence) }
    }

    package func prefetch(_ name: Neighbour, in sequence: SequenceRow) throws {
        try transaction.prefetch(Self.standing, Self.key(name, sequence))
        try places(of: sequence.id).prefetchLast()
    }

    private static func key(_ name: Neighbour, _ sequence: SequenceRow) -> [SQLValue] {
        [.integer(sequence.id), .text(name.elementType.rawValue), .int(name.elementId.value)]
    }

    private static let nameAt: SQL = "SELECT type, id FROM element WHERE sequence = $1 AND place = $2"

    package func element(at place: Int64, in sequence: SequenceRow) throws -> Neighbour? {
        try transaction.row(Self.nameAt, [.integer(sequence.id), .integer(place)], Self.name)
    }

    private static let fromPlace =
        "\(latest) WHERE element.sequence = $1 AND element.place >= $2 ORDER BY element.place LIMIT $3"
    private static let elementsFrom = SQL("SELECT \(columns), version.data \(fromPlace)")
    private static let standingFrom = SQL("SELECT \(columns) \(fromPlace)")

    package func elements(from place: Int64, limit: Int, in sequence: SequenceRow) throws -> [ElementRow] {
        try transaction.rows(Self.elementsFrom, Self.part(place, limit, sequence)) { try Self.whole($0, sequence) }
    }

    package func standing(from place: Int64, limit: Int, in sequence: SequenceRow) throws -> [StandingRow] {
        try transaction.rows(Self.standingFrom, Self.part(place, limit, sequence)) { try Self.row($0, sequence) }
    }

    private static func part(_ place: Int64, _ limit: Int, _ sequence: SequenceRow) -> [SQLValue] {
        [.integer(sequence.id), .integer(max(0, place)), .int(limit)]
    }

    private static let versionsAfter: SQL = """
        SELECT version, comment, data, created_at FROM version
        WHERE sequence = $1 AND type = $2 AND id = $3 AND version > $4 ORDER BY version LIMIT $5
        """

    package func versions(of row: StandingRow, after version: Int, limit: Int) throws -> [VersionPage.Version] {
        try transaction.rows(Self.versionsAfter, row.name + [.int(version), .int(limit)]) { found in
            var row = row
            row.version = found.int(0)
            row.comment = try Self.comment(found.text(1))
            return ElementRow(standing: row, data: found.bytesIfAny(2)).entry(at: found.time(3))
        }
    }

    package func epoch() throws -> UInt64 { try Outbox.epoch(of: SequenceOperations.changed.name, in: transaction) }

    package func head() throws -> UInt64 { try Outbox.head(of: SequenceOperations.changed.name, in: transaction) }

    private static func whole(_ row: any Row, _ sequence: SequenceRow) throws -> ElementRow {
        ElementRow(standing: try Self.row(row, sequence), data: row.bytesIfAny(7))
    }

    private static func row(_ row: any Row, _ sequence: SequenceRow) throws -> StandingRow {
        let name = try name(row)
        return StandingRow(
            element: ElementReference(
                elementType: name.elementType,
                elementId: name.elementId,
                sequenceName: sequence.name
            ),
            sequence: sequence.id,
            place: row.integer(2),
            version: row.int(3),
            comment: try comment(row.text(6)),
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
