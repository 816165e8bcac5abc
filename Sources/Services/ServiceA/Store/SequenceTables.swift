// The two tables and every statement on them that changes something; reads are in `SequenceTables+Reads`.

import Bus
import Contracts
import Foundation
import GRDB

struct SequenceTables {
    let db: Database

    static func create(in db: Database) throws {
        try db.execute(
            sql: """
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
                """
        )
    }

    /// Adds an element as version 1 behind the last of its type; `nil` where it is there already.
    func insert(_ request: CreateElement, _ now: Deadline) throws -> Int? {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO element (type, id, number, version)
                SELECT ?1, ?2, coalesce(max(number), 0) + 1, 1 FROM element WHERE type = ?1
                ON CONFLICT (type, id) DO NOTHING RETURNING number
                """
        )
        let arguments: StatementArguments = [request.elementType.rawValue, request.elementId.value]
        guard let number = try Int.fetchOne(statement, arguments: arguments) else { return nil }
        try insertVersion(1, of: request.reference, request.comment, data: nil, now)
        return number
    }

    /// Adds the next version; `nil` where the element is not there.
    func insert(_ request: NewVersion, _ now: Deadline) throws -> Int? {
        let statement = try db.cachedStatement(
            sql: "UPDATE element SET version = version + 1 WHERE type = ? AND id = ? RETURNING version"
        )
        let arguments: StatementArguments = [request.elementType.rawValue, request.elementId.value]
        guard let version = try Int.fetchOne(statement, arguments: arguments) else { return nil }
        let data = Data(request.newVersionData.bytes)
        try insertVersion(version, of: request.reference, request.comment, data: data, now)
        return version
    }

    private func insertVersion(
        _ version: Int,
        of element: ElementReference,
        _ comment: Comment,
        data: Data?,
        _ now: Deadline
    ) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT INTO version (type, id, version, comment, data, created_at) VALUES (?, ?, ?, ?, ?, ?)"
        )
        try statement.execute(arguments: [
            element.elementType.rawValue, element.elementId.value, version, comment.text, data,
            Int64(clamping: now.microseconds),
        ])
    }

    /// Gives each element its new number. They pass below zero on the way, because the index sees each row by itself.
    func move(_ moves: [ElementsReordered.Move], of type: ElementType) throws {
        let statement = try db.cachedStatement(sql: "UPDATE element SET number = ? WHERE type = ? AND id = ?")
        for sign in [-1, 1] {
            for move in moves {
                try statement.execute(arguments: [sign * move.newSequenceNumber, type.rawValue, move.elementId.value])
            }
        }
    }

    func delete(_ element: ElementReference) throws {
        let statement = try db.cachedStatement(sql: "DELETE FROM element WHERE type = ? AND id = ?")
        try statement.execute(arguments: [element.elementType.rawValue, element.elementId.value])
    }

    /// Moves those behind a deleted element up by one, and answers them as they are now.
    func closeUp(behind deleted: ElementRow) throws -> [ElementRow] {
        let type = deleted.element.elementType
        try db.cachedStatement(sql: "UPDATE element SET number = 1 - number WHERE type = ? AND number > ?")
            .execute(arguments: [type.rawValue, deleted.number])
        try db.cachedStatement(sql: "UPDATE element SET number = -number WHERE type = ? AND number < 0")
            .execute(arguments: [type.rawValue])
        return try page(of: type, after: deleted.number - 1, limit: .max)
    }
}
