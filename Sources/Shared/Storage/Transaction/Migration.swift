// A step of a store's tables, with a text for each engine side by side. Once released it is never changed: another one follows it.

package struct Migration: Sendable {
    /// `sequence.1`; kept in the store, so that it runs once.
    let name: String
    /// Any number of statements.
    let ddl: DDL

    package init(_ name: String, _ ddl: DDL) {
        self.name = name
        self.ddl = ddl
    }

    package init(_ name: String, sqlite: String, postgreSQL: String) {
        self.init(name, DDL(sqlite: sqlite, postgreSQL: postgreSQL))
    }
}
