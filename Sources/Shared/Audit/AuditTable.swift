// The log as a table of its service's database, so that an act and its entry are one transaction: what is not on record has not happened.
//
// There is no way here to change an entry or to take one out, and the table's triggers refuse it to everybody else.

import Foundation
package import GRDB

package enum AuditTable {
    package static let schema = """
        CREATE TABLE audit (
            number INTEGER PRIMARY KEY NOT NULL,
            at INTEGER NOT NULL,
            operation TEXT NOT NULL,
            outcome TEXT NOT NULL,
            subject TEXT NOT NULL,
            principal TEXT NOT NULL,
            peer TEXT NOT NULL,
            trace TEXT NOT NULL,
            factor TEXT NOT NULL,
            hash BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
        CREATE TRIGGER audit_remains BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
        """

    /// What queries by subject need; not part of `schema`, which a database may have without it.
    package static let index = "CREATE INDEX audit_subject ON audit (subject, number)"

    /// Puts a note on record, after the last entry.
    package static func append(_ note: AuditNote, in db: Database) throws {
        let entry = AuditEntry(note, after: try last(in: db))
        try db.execute(
            sql: "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                entry.number, entry.at, entry.operation, entry.outcome, entry.subject, entry.principal, entry.peer,
                entry.trace, entry.factor, entry.hash,
            ]
        )
    }

    package static func last(in db: Database) throws -> AuditEntry? {
        try Row.fetchOne(db, sql: "SELECT * FROM audit ORDER BY number DESC LIMIT 1").map(AuditEntry.init(row:))
    }

    /// Oldest first.
    package static func entries(
        after number: Int,
        limit: Int,
        _ filter: AuditFilter,
        in db: Database
    ) throws -> [AuditEntry] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM audit
                WHERE number > :after AND (:subject IS NULL OR subject = :subject)
                    AND (:operation IS NULL OR operation = :operation)
                ORDER BY number LIMIT :limit
                """,
            arguments: ["after": number, "subject": filter.subject, "operation": filter.operation, "limit": limit]
        )
        return rows.map(AuditEntry.init(row:))
    }
}

extension AuditEntry {
    fileprivate init(row: Row) {
        self.init(
            number: row["number"],
            at: row["at"],
            operation: row["operation"],
            outcome: row["outcome"],
            subject: row["subject"],
            source: AuditSource(
                principal: row["principal"],
                peer: row["peer"],
                trace: row["trace"],
                factor: row["factor"]
            ),
            hash: row["hash"]
        )
    }
}
