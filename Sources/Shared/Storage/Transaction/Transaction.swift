// A transaction as a service sees it: SQL that stands once, for SQLite and for PostgreSQL, and rows that are read by position.
//
//     enum Shelf {
//         static let insert: SQL = "INSERT INTO book (id, title) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING id"
//         static let page: SQL = "SELECT id, title FROM book WHERE id > $1 ORDER BY id LIMIT $2"
//     }
//
//     let added = try await store.write { transaction in
//         guard try transaction.row(Shelf.insert, [.int(7), .text("Hamlet")], { $0.int(0) }) != nil else { throw Taken() }
//         try transaction.later("UPDATE shelf SET books = books + 1 WHERE id = $1", [.int(1)])      // answers nothing that we need
//         try transaction.publish(booksChanged, key: "7") { offset in BookChange(id: 7, revision: offset) }
//         return true
//     }
//     let books = try await store.read { try $0.rows(Shelf.page, [.int(0), .int(100)]) { ($0.int(0), $0.text(1)) } }
//     let same = try store.readNow { … }                         // the same on the caller's own thread, for what is small
//
// What both engines understand: `$n` parameters, `ON CONFLICT … DO UPDATE / NOTHING`, `RETURNING`, CTEs, row values, `coalesce`. Columns are
// listed, never `*`; `offset` is a reserved word and stands in quotes; times and flags are integers. Tables are made by a `Migration`, which
// has a text for each engine. A transaction is for the closure that got it and for its thread: it must not leave.

public import Bus

/// A transaction of a service's store, on either engine. It is for the closure that got it and for its thread: it must not leave.
public protocol Transaction: AnyObject {
    /// Runs a statement.
    ///
    /// - Returns: How many rows it changed.
    /// - Throws: `StoreError`.
    @discardableResult  // most statements change what they name, or fail
    func run(_ sql: SQL, _ arguments: [SQLValue]) throws -> Int

    /// Runs a statement whose answer nobody waits for; what is wrong with it shows at the latest when the transaction ends.
    func later(_ sql: SQL, _ arguments: [SQLValue]) throws

    /// Says that `each` will be asked this in a moment: where a statement is a message to a server, it goes with what else is on its way. Of
    /// the answer nothing is heard before `each` asks; where something is changed in between, it is asked anew.
    func prefetch(_ sql: SQL, _ arguments: [SQLValue]) throws

    /// Hands row after row to `body`, until there are none or it answers false.
    func each(_ sql: SQL, _ arguments: [SQLValue], _ body: (any Row) throws -> Bool) throws

    /// Runs `body` so that what it has done is undone where it throws, and nothing else.
    func attempt<Value>(_ body: () throws -> Value) throws -> Value

    /// Where the events of this transaction gather; nil where it only reads.
    var draft: EventDraft? { get }
}

extension Transaction {
    /// A statement without parameters.
    @discardableResult  // as above
    public func run(_ sql: SQL) throws -> Int { try run(sql, []) }

    /// Runs it at once: for an engine that has nothing to gain from waiting.
    public func later(_ sql: SQL, _ arguments: [SQLValue]) throws { try run(sql, arguments) }

    /// Nothing: for an engine that has nothing to gain from it.
    public func prefetch(_ sql: SQL, _ arguments: [SQLValue]) throws {}

    /// Every row, as `read` makes it.
    public func rows<Value>(
        _ sql: SQL,
        _ arguments: [SQLValue] = [],
        _ read: (any Row) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try each(sql, arguments) { row in
            values.append(try read(row))
            return true
        }
        return values
    }

    /// The first row, if there is one.
    public func row<Value>(
        _ sql: SQL,
        _ arguments: [SQLValue] = [],
        _ read: (any Row) throws -> Value
    ) throws -> Value? {
        var value: Value?
        try each(sql, arguments) { row in
            value = try read(row)
            return false
        }
        return value
    }

    /// Whether there is a row.
    public func exists(_ sql: SQL, _ arguments: [SQLValue] = []) throws -> Bool {
        try row(sql, arguments) { _ in true } ?? false
    }
}

extension Transaction {
    /// What all closures of this batch leave to be written at its end; of a transaction that only reads, one of its own.
    package func deferred<Writes: DeferredWrites>(_ kind: Writes.Type) -> Writes { draft?.deferred(kind) ?? Writes() }
}

extension Transaction {
    /// Records an event with the change that it tells of.
    ///
    /// - Throws: `Failure` with `payload_too_large` for a key of more than 65,535 bytes and for what would not fit a message, and what
    ///   the store throws.
    public func publish<Payload>(_ topic: Topic<Payload>, key: String, _ payload: Payload) throws {
        try publish(topic, key: key) { _ in payload }
    }

    /// Records an event whose payload names its own offset, which is final once the write is answered.
    ///
    /// - Throws: The same, and what `payload` throws.
    public func publish<Payload>(
        _ topic: Topic<Payload>,
        key: String,
        payload: (_ offset: UInt64) throws -> Payload
    ) throws {
        guard let draft else { throw Failure(.internalError, "A transaction that only reads publishes nothing.") }
        try draft.append(topic.name, key: key, in: self) { try PayloadCoding.encode(try payload($0)) }
    }
}
