// The log as a table of its service's database, so that an act and its entry are one transaction: what is not on record has not happened.
//
// There is no way here to change an entry or to take one out, and the table's triggers refuse it to everybody else.

import Foundation
package import Storage

package enum AuditTable {
    package static let schema = DDL(
        sqlite: """
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
            """,
        postgreSQL: """
            CREATE TABLE audit (
                number BIGINT PRIMARY KEY,
                at BIGINT NOT NULL,
                operation TEXT NOT NULL,
                outcome TEXT NOT NULL,
                subject TEXT NOT NULL,
                principal TEXT NOT NULL,
                peer TEXT NOT NULL,
                trace TEXT NOT NULL,
                factor TEXT NOT NULL,
                hash BYTEA NOT NULL
            );
            CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$;
            CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
                FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows();
            """
    )

    /// What queries by subject need; not part of `schema`, which a database may have without it.
    package static let index: DDL = "CREATE INDEX audit_subject ON audit (subject, number)"

    /// Where the client was, since when that is known; entries from before have none. Not part of `schema`, either.
    package static let client = DDL(tables: "ALTER TABLE audit ADD COLUMN client TEXT NOT NULL DEFAULT ''")

    private static let columns = "number, at, operation, outcome, subject, principal, peer, trace, factor, hash, client"
    private static let insert = SQL(
        "INSERT INTO audit (\(columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    )
    private static let newest = SQL("SELECT \(columns) FROM audit ORDER BY number DESC LIMIT 1")
    private static let page = SQL(
        """
        SELECT \(columns) FROM audit
        WHERE number > $1 AND subject = coalesce($2, subject) AND operation = coalesce($3, operation)
        ORDER BY number LIMIT $4
        """
    )
    private static let pageOfSubject = SQL(
        """
        SELECT \(columns) FROM audit
        WHERE subject = $2 AND number > $1 AND operation = coalesce($3, operation)
        ORDER BY number LIMIT $4
        """
    )

    /// Puts a note on record, after the last entry.
    package static func append(_ note: AuditNote, in transaction: any Transaction) throws {
        let entry = AuditEntry(note, after: try last(in: transaction))
        try transaction.later(
            insert,
            [
                .int(entry.number), .int(entry.at), .text(entry.operation), .text(entry.outcome), .text(entry.subject),
                .text(entry.principal), .text(entry.peer), .text(entry.trace), .text(entry.factor),
                .bytes([UInt8](entry.hash)), .text(entry.client),
            ]
        )
    }

    package static func last(in transaction: any Transaction) throws -> AuditEntry? {
        try transaction.row(newest, [], AuditEntry.init(row:))
    }

    /// Oldest first.
    package static func entries(
        after number: Int,
        limit: Int,
        _ filter: AuditFilter,
        in transaction: any Transaction
    ) throws -> [AuditEntry] {
        try transaction.rows(
            filter.subject == nil ? page : pageOfSubject,
            [.int(number), .text(filter.subject), .text(filter.operation), .int(limit)],
            AuditEntry.init(row:)
        )
    }
}

extension AuditEntry {
    fileprivate init(row: any Row) {
        self.init(
            number: row.int(0),
            at: row.int(1),
            operation: row.text(2),
            outcome: row.text(3),
            subject: row.text(4),
            source: AuditSource(
                principal: row.text(5),
                peer: row.text(6),
                trace: row.text(7),
                factor: row.text(8),
                client: row.text(10)
            ),
            hash: Data(row.bytes(9))
        )
    }
}
