// A connection to SQLite as a `Transaction`: it reads, and where it has a draft it writes. One thread at a time.

import SQLite

class SQLiteSession: Transaction {
    let connection: Connection
    private static let begin: SQL = "BEGIN"
    private static let end: SQL = "COMMIT"

    var draft: EventDraft? { nil }

    init(_ connection: Connection) { self.connection = connection }

    @discardableResult  // most statements change what they name, or fail
    final func run(_ sql: SQL, _ arguments: [SQLValue]) throws -> Int {
        try SQLiteFailure.named {
            let statement = try bound(sql, arguments)
            defer { statement.reset() }
            while try statement.step() {}
            return connection.changes
        }
    }

    final func each(_ sql: SQL, _ arguments: [SQLValue], _ body: (any Row) throws -> Bool) throws {
        try SQLiteFailure.named {
            let statement = try bound(sql, arguments)
            defer { statement.reset() }
            while try statement.step() { guard try body(statement) else { return } }
        }
    }

    /// Who only reads has nothing to undo.
    func attempt<Value>(_ body: () throws -> Value) throws -> Value { try body() }

    /// Runs any number of statements that answer nothing.
    private func script(_ text: String) throws { try SQLiteFailure.named { try connection.execute(text) } }

    final func script(_ ddl: DDL) throws { try script(ddl.sqlite) }

    /// Reads one state of the database, whatever is written meanwhile.
    final func snapshot<Value>(_ body: (any Transaction) throws -> Value) throws -> Value {
        try run(Self.begin)
        defer { if connection.isInTransaction { _ = try? run(Self.end) } }
        return try body(self)
    }

    private func bound(_ sql: SQL, _ arguments: [SQLValue]) throws -> Statement {
        let statement = try connection.statement(sql.id, sql.text)
        precondition(statement.parameterCount == arguments.count, "a statement gets as many values as it names")
        for (position, value) in arguments.enumerated() {
            switch value {
            case .null: try statement.bindNull(at: position)
            case .integer(let number): try statement.bind(number, at: position)
            case .real(let number): try statement.bind(number, at: position)
            case .text(let text): try statement.bind(text, at: position)
            case .bytes(let bytes): try statement.bind(bytes, at: position)
            }
        }
        return statement
    }
}

extension Statement: Row {}

enum SQLiteFailure {
    /// Runs `body`; what SQLite says of it is said in the store's words.
    static func named<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as SQLiteError { throw StoreError(error) }
    }
}

extension StoreError {
    init(_ error: SQLiteError) {
        let kind: Kind =
            switch error.kind {
            case .constraint: .constraint
            case .full: .full
            case .locked: .locked
            case .readOnly: .readOnly
            case .failed: .failed
            case .cannotOpen: .cannotOpen
            case .damaged: .damaged
            case .brokenOff: .brokenOff
            case .closed: .closed
            case .other: .other
            }
        self.init(kind, "\(error.message) (\(error.code))")
        leavesOutcomeOpen = error.leavesOutcomeOpen
    }
}
