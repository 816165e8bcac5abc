// The full-text index of `document`: FTS5 keeps only the words and reads the rest from there. They come as tokens of our own rule
// (`WordStream`), ASCII letters and digits with blanks between, so FTS5 has no say in what a word is.
//
//     words_1   words_2 …      one of them in use, by the only row of `word_table`
//
// Triggers carry the text over, and only when it changes: a reorder of a thousand elements touches no word. A table that SQLite calls
// malformed often cannot be dropped either, so a new one of another name takes its place.

import Storage

struct WordTable {
    private static let number: SQL = "SELECT number FROM word_table"
    private static let next: SQL = "UPDATE word_table SET number = number + 1"

    let name: String
    private let transaction: any Transaction

    private init(_ number: Int, in transaction: any Transaction) {
        name = Self.name(number)
        self.transaction = transaction
    }

    static func current(in transaction: any Transaction) throws -> WordTable {
        WordTable(try transaction.row(number) { $0.int(0) } ?? 0, in: transaction)
    }

    /// Makes the words anew from the documents, in a table of the next number.
    static func remake(in transaction: any Transaction) throws {
        try dropTriggers(in: transaction)
        let old = try current(in: transaction)
        try transaction.run(next)
        let new = try current(in: transaction)
        for statement in making(new.name) { try transaction.run(SQL(once: statement)) }
        try transaction.run(SQL(once: "INSERT INTO \(new.name) (\(new.name)) VALUES ('rebuild')"))
        // What cannot be dropped is left lying; nothing reads it any more.
        try? transaction.attempt { _ = try transaction.run(SQL(once: "DROP TABLE IF EXISTS \(old.name)")) }
    }

    /// Holds every word against the documents.
    ///
    /// - Throws: `StoreError` where they do not agree.
    func check() throws {
        try transaction.run(SQL(once: "INSERT INTO \(name) (\(name), rank) VALUES ('integrity-check', 1)"))
    }

    static func dropTriggers(in transaction: any Transaction) throws {
        let name = try current(in: transaction).name
        for trigger in ["added", "removed", "reworded"] {
            try transaction.run(SQL(once: "DROP TRIGGER IF EXISTS \(name)_\(trigger)"))
        }
    }

    /// What makes the first of them, and takes away one that had no number.
    static let making = """
        CREATE TABLE word_table (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;
        INSERT INTO word_table (one, number) VALUES (1, 1);
        \(making(name(1)).joined(separator: ";\n"));
        """

    static let removingUnnumbered = """
        DROP TRIGGER IF EXISTS document_added;
        DROP TRIGGER IF EXISTS document_removed;
        DROP TRIGGER IF EXISTS document_reworded;
        DROP TABLE IF EXISTS words;
        """

    private static func name(_ number: Int) -> String { "words_\(number)" }

    /// So many pieces of the index, each of a commit or made of as many, become one: with the 4 that are usual, merging is a fifth of what
    /// a thousand documents cost, and a word is looked for in as many places.
    private static let merged = 8

    /// Three columns of words of `document`, and the triggers that keep them so.
    private static func making(_ name: String) -> [String] {
        let columns = "comment_words, element_type_words, service_name_words"
        func words(_ row: String) -> String {
            "\(row).comment_words, \(row).element_type_words, \(row).service_name_words"
        }
        let add = "INSERT INTO \(name) (rowid, \(columns)) VALUES (new.row, \(words("new")));"
        let remove = """
            INSERT INTO \(name) (\(name), rowid, \(columns)) VALUES ('delete', old.row, \(words("old")));
            """
        return [
            """
            CREATE VIRTUAL TABLE \(name) USING fts5(
                \(columns),
                content = 'document', content_rowid = 'row', prefix = '1 2 3', tokenize = 'ascii'
            )
            """,
            "INSERT INTO \(name) (\(name), rank) VALUES ('automerge', \(merged))",
            "CREATE TRIGGER \(name)_added AFTER INSERT ON document BEGIN \(add) END",
            "CREATE TRIGGER \(name)_removed AFTER DELETE ON document BEGIN \(remove) END",
            """
            CREATE TRIGGER \(name)_reworded AFTER UPDATE ON document
            WHEN (\(words("new"))) IS NOT (\(words("old")))
            BEGIN \(remove) \(add) END
            """,
        ]
    }
}
