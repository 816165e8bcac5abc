// Statements that make tables, as each engine wants them.

/// Statements that make or change tables, with a text for each engine. Several are parted by `;`.
public struct DDL: Sendable, ExpressibleByStringLiteral {
    /// What SQLite runs.
    public let sqlite: String
    /// What PostgreSQL runs.
    public let postgreSQL: String

    /// A text for each engine.
    public init(sqlite: String, postgreSQL: String) {
        self.sqlite = sqlite
        self.postgreSQL = postgreSQL
    }

    /// Both engines take the same text.
    public init(stringLiteral text: String) { self.init(sqlite: text, postgreSQL: text) }

    /// SQLite's text, strict, of which PostgreSQL differs by words only: integers of 64 bits and bytes have other names there, and nothing
    /// has to be said against rows' own numbers and loose types. Words are told by their capitals.
    public init(tables text: String) {
        let words = [
            ("STRICT, WITHOUT ROWID", ""), ("STRICT", ""), ("INTEGER", "BIGINT"), ("BLOB", "BYTEA"),
        ]
        self.init(
            sqlite: text,
            postgreSQL: words.reduce(text) { $0.replacing($1.0, with: $1.1) }
        )
    }

    package static func + (first: DDL, second: DDL) -> DDL {
        DDL(
            sqlite: first.sqlite + ";\n" + second.sqlite,
            postgreSQL: first.postgreSQL + ";\n" + second.postgreSQL
        )
    }
}
