// The full-text index of `document`: FTS5 keeps only the words and reads the rest from there. They come as tokens of our own rule
// (`WordStream`), ASCII letters and digits with blanks between, so FTS5 has no say in what a word is.
//
//     words_1   words_2 …      one of them in use, by the only row of `word_table`
//
// Triggers carry the text over, and only when it changes: a reorder of a thousand elements touches no word. A table that SQLite calls
// malformed often cannot be dropped either, so a new one of another name takes its place.

import GRDB

struct WordTable {
    let db: Database
    let name: String

    static func current(in db: Database) throws -> WordTable {
        let number = try Int.fetchOne(try db.cachedStatement(sql: "SELECT number FROM word_table")) ?? 0
        return WordTable(db: db, name: "words_\(number)")
    }

    /// The first table of all had no number.
    static func replaceFirst(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE word_table (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;
                INSERT INTO word_table (one, number) VALUES (1, 0);
                DROP TRIGGER IF EXISTS document_added;
                DROP TRIGGER IF EXISTS document_removed;
                DROP TRIGGER IF EXISTS document_reworded;
                DROP TABLE IF EXISTS words;
                """
        )
        try remake(in: db)
    }

    /// Makes the words anew from the documents, in a table of the next number.
    static func remake(in db: Database) throws {
        try dropTriggers(in: db)
        let old = try current(in: db)
        try db.execute(sql: "UPDATE word_table SET number = number + 1")
        let new = try current(in: db)
        try new.create()
        try db.execute(sql: "INSERT INTO \(new.name) (\(new.name)) VALUES ('rebuild')")
        // What cannot be dropped is left lying; nothing reads it any more.
        try? db.inSavepoint {
            try db.execute(sql: "DROP TABLE IF EXISTS \(old.name)")
            return .commit
        }
    }

    /// Holds every word against the documents.
    ///
    /// - Throws: `DatabaseError` where they do not agree.
    func check() throws { try db.execute(sql: "INSERT INTO \(name) (\(name), rank) VALUES ('integrity-check', 1)") }

    static func dropTriggers(in db: Database) throws {
        let name = try current(in: db).name
        for trigger in ["added", "removed", "reworded"] {
            try db.execute(sql: "DROP TRIGGER IF EXISTS \(name)_\(trigger)")
        }
    }

    private func create() throws {
        try db.execute(
            sql: """
                CREATE VIRTUAL TABLE \(name) USING fts5(
                    comment_words, element_type_words, service_name_words,
                    content = 'document', content_rowid = 'row', prefix = '1 2 3', tokenize = 'ascii'
                );
                CREATE TRIGGER \(name)_added AFTER INSERT ON document BEGIN
                    INSERT INTO \(name) (rowid, comment_words, element_type_words, service_name_words)
                    VALUES (new.row, new.comment_words, new.element_type_words, new.service_name_words);
                END;
                CREATE TRIGGER \(name)_removed AFTER DELETE ON document BEGIN
                    INSERT INTO \(name) (\(name), rowid, comment_words, element_type_words, service_name_words)
                    VALUES ('delete', old.row, old.comment_words, old.element_type_words, old.service_name_words);
                END;
                CREATE TRIGGER \(name)_reworded AFTER UPDATE ON document
                WHEN (new.comment_words, new.element_type_words, new.service_name_words)
                    IS NOT (old.comment_words, old.element_type_words, old.service_name_words)
                BEGIN
                    INSERT INTO \(name) (\(name), rowid, comment_words, element_type_words, service_name_words)
                    VALUES ('delete', old.row, old.comment_words, old.element_type_words, old.service_name_words);
                    INSERT INTO \(name) (rowid, comment_words, element_type_words, service_name_words)
                    VALUES (new.row, new.comment_words, new.element_type_words, new.service_name_words);
                END;
                """
        )
    }
}
