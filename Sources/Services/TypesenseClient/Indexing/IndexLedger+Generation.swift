// Which index the ledger is of. A name is made with the index and written on both sides: a ledger and an index that do not bear the same
// one are not of each other, whichever of them was lost, restored or made anew.

import GRDB

extension IndexLedger {
    struct Generation: Equatable {
        let name: String
        /// What the index held when it was last looked at; `nil` since something was written.
        let documents: Int?
    }

    func generation() throws -> Generation? {
        try Row.fetchOne(db, sql: "SELECT name, documents FROM generation").map { row in
            Generation(name: row[0], documents: row[1])
        }
    }

    /// Forgets everything: another index begins.
    func begin(_ generation: String) throws {
        try clear()
        try db.execute(sql: "INSERT INTO generation (one, name) VALUES (1, ?)", arguments: [generation])
    }

    /// Notes what the index holds; `nil` before something is written to it.
    func noteDocuments(_ count: Int?) throws {
        try db.cachedStatement(sql: "UPDATE generation SET documents = ? WHERE documents IS NOT ?1")
            .execute(arguments: [count])
    }
}
