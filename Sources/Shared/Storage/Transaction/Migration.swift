// A step of a store's tables, with a text for each engine side by side. Once released it is never changed: another one follows it.

/// One step of a store's tables. Steps run in their order, each once, before the service answers anything.
public struct Migration: Sendable {
    /// `sequence.1`; kept in the store, so that it runs once.
    let name: String
    /// Any number of statements.
    let ddl: DDL

    /// - Parameters:
    ///   - name: Kept in the store, so that the step runs once: `guestbook.1`.
    ///   - ddl: What it runs.
    public init(_ name: String, _ ddl: DDL) {
        self.name = name
        self.ddl = ddl
    }

    /// The same, with the texts of the two engines side by side.
    public init(_ name: String, sqlite: String, postgreSQL: String) {
        self.init(name, DDL(sqlite: sqlite, postgreSQL: postgreSQL))
    }
}
