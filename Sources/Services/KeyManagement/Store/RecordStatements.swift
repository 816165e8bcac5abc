// The statements on one table of records, made of its columns.

import Storage

package struct RecordStatements: Sendable {
    let find, all, allOfOwner, save, delete, sweep, shorten: SQL

    /// So many rows a sweep deletes, and so many it shortens: more than a write adds, and few enough that nobody's write waits for all.
    package static let portion = 50

    /// `columns` are those of `values` and `init(row:)`, in their order; the first is `id`. What the column `member` (`refresh_token.session`)
    /// still names is not swept.
    init(_ table: String, _ columns: [String], owner: String? = nil, keptFor member: String? = nil) {
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
        // Only among the oldest is looked for what nobody names: their members are the first to go, too.
        let oldest = Self.some(of: table, "expires_at <= $1 ORDER BY expires_at")
        sweep = SQL("DELETE FROM \(table) WHERE id IN (\(oldest))\(member.map { Self.without($0, of: table) } ?? "")")
        let longest = Self.some(of: table, "expires_at > $1 ORDER BY expires_at DESC")
        shorten = SQL("UPDATE \(table) SET expires_at = $1 WHERE id IN (\(longest))")
    }

    private static func some(of table: String, _ condition: String) -> String {
        "SELECT id FROM \(table) WHERE \(condition) LIMIT \(portion)"
    }

    private static func without(_ member: String, of table: String) -> String {
        " AND NOT EXISTS (SELECT 1 FROM \(member.prefix { $0 != "." }) WHERE \(member) = \(table).id)"
    }
}
