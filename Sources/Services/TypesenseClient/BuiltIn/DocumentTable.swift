// The documents; what is searched in them lies in a `WordTable` beside, which follows by triggers.

import Contracts
import GRDB

struct DocumentTable {
    let db: Database

    static func create(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE document (
                    row INTEGER PRIMARY KEY,
                    id TEXT NOT NULL UNIQUE,
                    element_type TEXT NOT NULL,
                    element_id INTEGER NOT NULL,
                    sequence_number INTEGER NOT NULL,
                    version_number INTEGER NOT NULL,
                    comment TEXT NOT NULL,
                    service_name TEXT NOT NULL,
                    comment_words TEXT NOT NULL,
                    element_type_words TEXT NOT NULL,
                    service_name_words TEXT NOT NULL
                ) STRICT;
                """
        )
    }

    /// One whose words were made by FTS5's own rule is filled again.
    static func replaceFirst(in db: Database) throws {
        try WordTable.dropTriggers(in: db)
        try db.execute(sql: "DROP TABLE document")
        try create(in: db)
        try WordTable.remake(in: db)
    }

    /// Writes the document, or removes it where it is `nil`.
    func put(_ document: SearchDocument?, id: String) throws {
        guard let document else {
            return try db.cachedStatement(sql: "DELETE FROM document WHERE id = ?").execute(arguments: [id])
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO document
                    (id, element_type, element_id, sequence_number, version_number, comment, service_name,
                    comment_words, element_type_words, service_name_words)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET
                    element_type = excluded.element_type, element_id = excluded.element_id,
                    sequence_number = excluded.sequence_number, version_number = excluded.version_number,
                    comment = excluded.comment, service_name = excluded.service_name,
                    comment_words = excluded.comment_words, element_type_words = excluded.element_type_words,
                    service_name_words = excluded.service_name_words
                """
        ).execute(arguments: [
            document.id, document.elementType.rawValue, document.elementId.value, document.sequenceNumber,
            document.versionNumber, document.comment.text, document.serviceName,
            WordStream(document.comment.text).text, WordStream(document.elementType.rawValue).text,
            WordStream(document.serviceName).text,
        ])
    }

    func clear() throws { try db.execute(sql: "DELETE FROM document") }

    func count() throws -> Int { try Int.fetchOne(db, sql: "SELECT count(*) FROM document") ?? 0 }
}
