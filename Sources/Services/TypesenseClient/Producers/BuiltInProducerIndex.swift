// Producers' documents in SQLite, beside the store that they lie in.
//
//     producer_words_<number>_<generation>     FTS5, a column a text field, of tokens of our own rule
//     producer_value(document, field, value)   what is filtered, sorted and counted; fields are numbered through all collections
//
// A table of words that SQLite calls malformed often cannot be dropped either, so one of another generation takes its place.

import Contracts
import Storage

struct BuiltInProducerIndex: ProducerIndex {
    let store: DurableStore

    /// Values are integers or texts, and neither equals one of the other kind.
    static let create = DDL(
        sqlite: """
            CREATE TABLE producer_value (
                document INTEGER NOT NULL, field INTEGER NOT NULL, value ANY NOT NULL, PRIMARY KEY (document, field, value)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX producer_value_field ON producer_value (field, value)
            """,
        postgreSQL: ""
    )

    private static let made: SQL = """
        SELECT name FROM sqlite_schema
        WHERE type = 'table' AND name GLOB $1 AND sql LIKE 'CREATE VIRTUAL TABLE%'
        """
    private static let clear: SQL = "DELETE FROM producer_value WHERE field >= $1 AND field < $2"
    private static let forget: SQL = "DELETE FROM producer_value WHERE document = $1"
    private static let note: SQL = "INSERT INTO producer_value (document, field, value) VALUES ($1, $2, $3)"

    /// Its file is its own.
    func refuseForeign(_ name: String) async throws {}

    func make(_ collection: ProducerCollection) async throws {
        try await store.write { transaction in
            try remove(collection, in: transaction)
            // One column at least: the table says that this index was made.
            let texts = collection.schema.texts.map(\.column)
            let columns = texts.isEmpty ? ["nothing"] : texts
            let making = """
                CREATE VIRTUAL TABLE \(collection.words) USING fts5(
                    \(columns.joined(separator: ", ")), prefix = '1 2 3', tokenize = 'ascii'
                )
                """
            try transaction.run(SQL(once: making))
        }
    }

    /// What else is wrong with it shows when it is used.
    func look(_ collection: ProducerCollection) async throws -> Int? {
        let isThere = try await store.read {
            !(try $0.rows(Self.made, [.text(collection.words)]) { _ in true }.isEmpty)
        }
        guard isThere else { throw IndexLost() }
        return nil
    }

    func drop(_ collection: ProducerCollection) async throws {
        try await store.write { try remove(collection, in: $0) }
    }

    func apply(_ changes: [ProducerChange], to collection: ProducerCollection) async throws
        -> [(row: Int64, reason: String)]
    {
        try await store.write { transaction in
            try lostIfDamaged { for change in changes { try apply(change, to: collection, in: transaction) } }
        }
        return []
    }

    func search(_ query: ProducerQuery, in collection: ProducerCollection) async throws -> ProducerFound {
        guard !query.question.findsNothing else { return .nothing(query) }
        return try await store.read { transaction in
            try lostIfDamaged { try ProducerSearch(query, collection).run(in: transaction) }
        }
    }

    private func remove(_ collection: ProducerCollection, in transaction: any Transaction) throws {
        let key = collection.key
        try transaction.run(Self.clear, [.int(key.lowerBound), .int(key.upperBound)])
        let pattern = "producer_words_\(collection.number)_*"
        for name in try transaction.rows(Self.made, [.text(pattern)], { $0.text(0) }) {
            // What cannot be dropped is left lying; nothing reads it any more.
            try? transaction.attempt { _ = try transaction.run(SQL(once: "DROP TABLE \"\(name)\"")) }
        }
    }

    private func apply(_ change: ProducerChange, to collection: ProducerCollection, in transaction: any Transaction)
        throws
    {
        let row = SQLValue.integer(change.row)
        try transaction.run(Self.forget, [row])
        if !collection.schema.texts.isEmpty {
            try transaction.run(SQL("DELETE FROM \(collection.words) WHERE rowid = $1"), [row])
        }
        for (field, values) in change.document?.values ?? [] {
            let key = SQLValue.int(collection.key.lowerBound + field.number)
            for value in values { try transaction.run(Self.note, [row, key, value.sql]) }
        }
        guard change.document != nil, !collection.schema.texts.isEmpty else { return }
        let tokens = change.tokens(\.text)
        let columns = tokens.map { ", \($0.field.column)" }.joined()
        let marks = tokens.indices.map { ", $\($0 + 2)" }.joined()
        let insert = SQL(once: "INSERT INTO \(collection.words) (rowid\(columns)) VALUES ($1\(marks))")
        try transaction.run(insert, [row] + tokens.map { .text($0.text) })
    }
}

extension ProducerCollection {
    /// The table of words; of our own digits.
    var words: String { "producer_words_\(number)_\(generation)" }
    /// The numbers of its fields among those of all collections.
    var key: Range<Int> { number * 1000..<(number + 1) * 1000 }
}

extension SchemaField {
    /// In the table of words.
    var column: String { "f\(number)" }
}

extension FieldValue {
    var sql: SQLValue {
        switch self {
        case .number(let number): .int(number)
        case .text(let text): .text(text)
        }
    }
}
