// Which index the ledger is of. A name is made with the index and written on both sides: a ledger and an index that do not bear the same
// one are not of each other, whichever of them was lost, restored or made anew.

import Storage

extension IndexLedger {
    struct Generation: Equatable {
        let name: String
        /// What the index held when it was last looked at; `nil` since something was written.
        let documents: Int?
    }

    private static let current: SQL = "SELECT name, documents FROM generation"
    private static let begin: SQL = "INSERT INTO generation (one, name) VALUES (1, $1)"
    private static let note: SQL = """
        UPDATE generation SET documents = $1 WHERE documents IS DISTINCT FROM $1
        """

    func generation() throws -> Generation? {
        try transaction.row(Self.current) { Generation(name: $0.text(0), documents: $0.intIfAny(1)) }
    }

    /// Forgets everything: another index begins.
    func begin(_ generation: String) throws {
        try clear()
        try transaction.later(Self.begin, [.text(generation)])
    }

    /// Notes what the index holds; `nil` before something is written to it.
    func noteDocuments(_ count: Int?) throws { try transaction.later(Self.note, [.int(count)]) }
}
