// A table of an SQLite store as a move sees it: what it has to read there, and to write into the same table on PostgreSQL.
//
//     columns and key    as SQLite tells them; both engines have the same ones, since the same migrations made them
//     order              by the key, texts by their bytes in both: so the greatest key that is there says how far a move has come
//
// It refuses tables without a key, which no order can be told of.

import Bus

struct MovedTable: Sendable {
    struct Column: Sendable {
        enum Kind: String { case integer = "INTEGER", text = "TEXT", bytes = "BLOB", real = "REAL" }

        let name: String
        let kind: Kind
        /// Its place in the key, from 1; 0 outside of it.
        let keyPlace: Int
    }

    enum Side { case sqlite, postgreSQL }

    let name: String
    let columns: [Column]
    /// The tables that its rows point to, and that have to be there first.
    let parents: Set<String>

    /// The places of the key's columns, in the order of the key.
    let key: [Int]

    private init(_ name: String, _ columns: [Column], parents: Set<String>) throws {
        (self.name, self.columns, self.parents) = (name, columns, parents)
        key = columns.indices.filter { columns[$0].keyPlace > 0 }.sorted { columns[$0].keyPlace < columns[$1].keyPlace }
        guard !key.isEmpty else { throw Failure(.internalError, "The table \(name) has no key, and cannot be moved.") }
    }

    // MARK: What there is

    private static let names: SQL = """
        SELECT name FROM sqlite_master
        WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'grdb_migrations' ORDER BY name
        """
    private static let description: SQL = "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid"
    private static let pointers: SQL = "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)"

    /// All tables of an SQLite store, each behind those that it points to.
    static func all(in transaction: any Transaction) throws -> [MovedTable] {
        var left = try transaction.rows(names) { $0.text(0) }.map { try MovedTable($0, in: transaction) }
        var ordered: [MovedTable] = []
        while !left.isEmpty {
            let names = Set(left.map(\.name))
            let ready = left.filter { $0.parents.subtracting([$0.name]).isDisjoint(with: names) }
            guard !ready.isEmpty else { throw Failure(.internalError, "Tables point to one another in a circle.") }
            ordered += ready
            left.removeAll { table in ready.contains { $0.name == table.name } }
        }
        return ordered
    }

    private init(_ name: String, in transaction: any Transaction) throws {
        let columns = try transaction.rows(Self.description, [.text(name)]) { row in
            guard let kind = Column.Kind(rawValue: row.text(1)) else {
                throw Failure(.internalError, "\(name).\(row.text(0)) is \(row.text(1)), which cannot be moved.")
            }
            return Column(name: row.text(0), kind: kind, keyPlace: row.int(2))
        }
        try self.init(name, columns, parents: Set(try transaction.rows(Self.pointers, [.text(name)]) { $0.text(0) }))
    }

    // MARK: Statements

    var count: SQL { SQL("SELECT count(*) FROM \(quoted(name))") }

    /// So many rows behind a key, in the order of the key; from the beginning where `isFirst`.
    func page(on side: Side, isFirst: Bool) -> SQL {
        let marks = key.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let condition = isFirst ? "" : "WHERE (\(order(on: side))) > (\(marks))"
        let limit = isFirst ? 1 : key.count + 1
        return SQL("SELECT \(list) FROM \(quoted(name)) \(condition) ORDER BY \(order(on: side)) LIMIT $\(limit)")
    }

    /// The last row on PostgreSQL.
    var last: SQL {
        let order = key.map { "\(collated($0, on: .postgreSQL)) DESC" }.joined(separator: ", ")
        return SQL("SELECT \(list) FROM \(quoted(name)) ORDER BY \(order) LIMIT 1")
    }

    /// Numbers that a table gives by itself are taken as they are.
    var insert: SQL {
        let marks = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        return SQL("INSERT INTO \(quoted(name)) (\(list)) OVERRIDING SYSTEM VALUE VALUES (\(marks))")
    }

    func values(_ row: any Row) -> [SQLValue] {
        columns.enumerated().map { place, column in
            if row.isNull(place) { return .null }
            return switch column.kind {
            case .integer: .integer(row.integer(place))
            case .text: .text(row.text(place))
            case .bytes: .bytes(row.bytes(place))
            case .real: .real(row.real(place))
            }
        }
    }

    private var list: String { columns.map { quoted($0.name) }.joined(separator: ", ") }

    private func order(on side: Side) -> String { key.map { collated($0, on: side) }.joined(separator: ", ") }

    private func collated(_ place: Int, on side: Side) -> String {
        let isText = columns[place].kind == .text && side == .postgreSQL
        return quoted(columns[place].name) + (isText ? " COLLATE \"C\"" : "")
    }

    private func quoted(_ name: String) -> String { "\"\(name)\"" }
}
