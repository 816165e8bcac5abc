// A step of a store's tables, with a text for each engine side by side. Once released it is never changed: another one follows it.

package struct Migration: Sendable {
    /// `sequence.1`; kept in the store, so that it runs once.
    let name: String
    /// Any number of statements.
    let sqlite: String
    let postgreSQL: String

    package init(_ name: String, sqlite: String, postgreSQL: String) {
        self.name = name
        self.sqlite = sqlite
        self.postgreSQL = postgreSQL
    }

    /// Both engines take the same text.
    package init(_ name: String, _ text: String) { self.init(name, sqlite: text, postgreSQL: text) }
}
