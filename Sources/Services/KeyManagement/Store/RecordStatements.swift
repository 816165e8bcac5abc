// The statements on one table of records, made of its columns.

import Storage

package struct RecordStatements: Sendable {
    let find, all, allOfOwner, save, delete, sweep, shorten: SQL

    /// `columns` are those of `values` and `init(row:)`, in their order; the first is `id`.
    init(_ table: String, _ columns: [String], owner: String? = nil) {
        let (list, marks) = (columns.joined(separator: ", "), (1...columns.count).map { "$\($0)" })
        let changes = columns.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        find = SQL("SELECT \(list) FROM \(table) WHERE id = $1")
        all = SQL("SELECT \(list) FROM \(table) ORDER BY id")
        allOfOwner = SQL("SELECT \(list) FROM \(table) WHERE \(owner ?? "id") = $1 ORDER BY id")
        save = SQL(
            """
            INSERT INTO \(table) (\(list)) VALUES (\(marks.joined(separator: ", ")))
            ON CONFLICT (id) DO UPDATE SET \(changes)
            """
        )
        delete = SQL("DELETE FROM \(table) WHERE id = $1")
        sweep = SQL("DELETE FROM \(table) WHERE expires_at <= $1")
        shorten = SQL("UPDATE \(table) SET expires_at = $1 WHERE expires_at > $1")
    }
}
