// The two tables and every statement on them that changes something; reads are in `SequenceTables+Reads`.

import Bus
import Contracts
import Storage

struct SequenceTables {
    let transaction: any Transaction

    static let migrations = [
        Migration(
            "sequence.1",
            sqlite: """
                CREATE TABLE element (
                    type TEXT NOT NULL,
                    id INTEGER NOT NULL CHECK (id >= 1),
                    number INTEGER NOT NULL,
                    version INTEGER NOT NULL CHECK (version >= 1),
                    PRIMARY KEY (type, id)
                ) STRICT, WITHOUT ROWID;
                CREATE UNIQUE INDEX element_number ON element (type, number);
                CREATE TABLE version (
                    type TEXT NOT NULL,
                    id INTEGER NOT NULL,
                    version INTEGER NOT NULL,
                    comment TEXT NOT NULL,
                    data BLOB,
                    created_at INTEGER NOT NULL,
                    PRIMARY KEY (type, id, version),
                    FOREIGN KEY (type, id) REFERENCES element (type, id) ON DELETE CASCADE
                ) STRICT, WITHOUT ROWID;
                """,
            postgreSQL: """
                CREATE TABLE element (
                    type TEXT NOT NULL,
                    id BIGINT NOT NULL CHECK (id >= 1),
                    number BIGINT NOT NULL,
                    version BIGINT NOT NULL CHECK (version >= 1),
                    PRIMARY KEY (type, id)
                );
                CREATE UNIQUE INDEX element_number ON element (type, number);
                CREATE TABLE version (
                    type TEXT NOT NULL,
                    id BIGINT NOT NULL,
                    version BIGINT NOT NULL,
                    comment TEXT NOT NULL,
                    data BYTEA,
                    created_at BIGINT NOT NULL,
                    PRIMARY KEY (type, id, version),
                    FOREIGN KEY (type, id) REFERENCES element (type, id) ON DELETE CASCADE
                );
                """
        )
    ]

    private static let append: SQL = """
        INSERT INTO element (type, id, number, version)
        SELECT $1, $2, coalesce(max(number), 0) + 1, 1 FROM element WHERE type = $1
        ON CONFLICT (type, id) DO NOTHING RETURNING number
        """
    private static let nextVersion: SQL = """
        UPDATE element SET version = version + 1 WHERE type = $1 AND id = $2 RETURNING version
        """
    private static let insertVersion: SQL = """
        INSERT INTO version (type, id, version, comment, data, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        """
    private static let place: SQL = "UPDATE element SET number = $3 WHERE type = $1 AND id = $2"
    private static let delete: SQL = "DELETE FROM element WHERE type = $1 AND id = $2"
    private static let lift: SQL = "UPDATE element SET number = 1 - number WHERE type = $1 AND number > $2"
    private static let lower: SQL = "UPDATE element SET number = -number WHERE type = $1 AND number < 0"

    /// Adds an element as version 1 behind the last of its type; `nil` where it is there already.
    func insert(_ request: CreateElement, _ now: Deadline) throws -> Int? {
        guard let number = try transaction.row(Self.append, request.reference.values, { $0.int(0) }) else { return nil }
        try insertVersion(1, of: request.reference, request.comment, data: nil, now)
        return number
    }

    /// Adds the next version; `nil` where the element is not there.
    func insert(_ request: NewVersion, _ now: Deadline) throws -> Int? {
        guard let version = try transaction.row(Self.nextVersion, request.reference.values, { $0.int(0) }) else {
            return nil
        }
        let data = request.newVersionData.bytes
        try insertVersion(version, of: request.reference, request.comment, data: data, now)
        return version
    }

    private func insertVersion(
        _ version: Int,
        of element: ElementReference,
        _ comment: Comment,
        data: [UInt8]?,
        _ now: Deadline
    ) throws {
        try transaction.later(
            Self.insertVersion,
            element.values + [.int(version), .text(comment.text), .bytes(data), .time(now)]
        )
    }

    /// Gives each element its new number. They pass below zero on the way, because the index sees each row by itself.
    func move(_ moves: [ElementsReordered.Move], of type: ElementType) throws {
        for sign in [-1, 1] {
            for move in moves {
                try transaction.later(
                    Self.place,
                    [.text(type.rawValue), .int(move.elementId.value), .int(sign * move.newSequenceNumber)]
                )
            }
        }
    }

    func delete(_ element: ElementReference) throws { try transaction.later(Self.delete, element.values) }

    /// Moves those behind a deleted element up by one, and answers them as they are now.
    func closeUp(behind deleted: ElementRow) throws -> [ElementRow] {
        let type = deleted.element.elementType
        try transaction.later(Self.lift, [.text(type.rawValue), .int(deleted.number)])
        try transaction.later(Self.lower, [.text(type.rawValue)])
        return try page(of: type, after: deleted.number - 1, limit: .max)
    }
}
