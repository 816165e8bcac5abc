// A step of a store's tables, with a text for each engine side by side. Once released it is never changed: another one follows it.
//
//     expands      tables, or columns with a default, or what only the engine's planner reads: the code of before neither reads nor writes
//                  them, and goes on beside it
//     otherwise    the code of before is refused: a step that takes something away comes a release after the code that needs it no more

/// One step of a store's tables. Steps run in their order, each once, before the service answers anything.
public struct Migration: Sendable {
    /// What the name in the store ends with where the code of before may go on: it does not know the step, and has to know that.
    private static let mark = "+"

    /// `sequence.1`; kept in the store, so that it runs once.
    let name: String
    /// Any number of statements.
    let ddl: DDL

    /// - Parameters:
    ///   - name: Kept in the store, so that the step runs once: `guestbook.1`.
    ///   - ddl: What it runs.
    ///   - expands: Whether it only adds what the code of before may leave alone, so that replicas of both releases work side by side.
    public init(_ name: String, _ ddl: DDL, expands: Bool = false) {
        self.name = expands ? name + Self.mark : name
        self.ddl = ddl
    }

    /// The same, with the texts of the two engines side by side.
    public init(_ name: String, sqlite: String, postgreSQL: String, expands: Bool = false) {
        self.init(name, DDL(sqlite: sqlite, postgreSQL: postgreSQL), expands: expands)
    }

    /// Whether a step of a newer version, of this name, is one that the code here may go on beside.
    static func expands(_ name: String) -> Bool { name.utf8.last == mark.utf8.first }
}
