// A connection to PostgreSQL as a `Transaction` that reads: what `PostgreSQLWriter` builds on. One thread at a time.
//
// `later` only queues; the replies to what is queued are taken together with that to the next statement whose answer is wanted. What fails then
// may be of an earlier closure: `Trouble` says so, and the transaction is done again by whoever began it.

import Bus
import PostgreSQL

class PostgreSQLSession: Transaction {
    /// Why the transaction in hand cannot go on as it is.
    enum Trouble {
        /// Nobody answers: the connection is closed.
        case lost(PostgreSQLError)
        /// The whole of it may go through if it is done again.
        case again(PostgreSQLError)
        /// A closure has thrown, and what it had done is still there.
        case undoing
        /// A statement of a closure that has had its turn has failed, or one that nothing can be rolled back to.
        case elsewhere(PostgreSQLError)
    }

    private struct Compiled: Hashable {
        let id: Int
        let types: [UInt32]
    }

    private enum Sent {
        case preparation(String, closure: Int)
        case statement(closure: Int)
        case question(Question, closure: Int)
        case sync
    }

    /// What is asked before its answer is wanted.
    private struct Question: Hashable {
        let id: Int
        let arguments: [SQLValue]
    }

    /// Tables of many rows are not altered in a moment.
    private static let scriptTimeout = Duration.seconds(600)

    private var connection: Connection?
    /// The names of what is compiled: for each text and the types of its values one.
    private var prepared: [Compiled: String] = [:]
    private var compiled = 0
    private var sent: [Sent] = []
    /// What has been asked ahead, and what came of it: true while nothing has been changed since.
    private var asked: [Question: Answer?] = [:]
    private let patience: Duration

    private(set) var trouble: Trouble?
    /// The closure in hand; 0 is what frames them.
    var closure = 0

    var draft: EventDraft? { nil }
    /// Whether all that is settled ends in a sync. Without one a snapshot stays; with one the server counts how long nothing comes behind it.
    var settlesInSync: Bool { false }

    init(patience: Duration) { self.patience = patience }

    // MARK: The connection

    var isConnected: Bool { connection != nil }

    func use(_ fresh: Connection) {
        connection = fresh
        (prepared, sent, asked, trouble) = ([:], [], [:], nil)
    }

    func drop(_ error: PostgreSQLError) {
        connection = nil
        (prepared, sent, asked, trouble) = ([:], [], [:], .lost(error))
    }

    func forgetTrouble() { trouble = nil }
    func note(_ trouble: Trouble) { self.trouble = self.trouble ?? trouble }

    var warnings: Int { connection?.warnings.count ?? 0 }

    // MARK: Transaction

    @discardableResult  // most statements change what they name, or fail
    final func run(_ sql: SQL, _ arguments: [SQLValue]) throws -> Int {
        try send(sql, arguments)
        return try settle()?.changes ?? 0
    }

    final func later(_ sql: SQL, _ arguments: [SQLValue]) throws { try send(sql, arguments) }

    final func prefetch(_ sql: SQL, _ arguments: [SQLValue]) throws {
        guard let question = sql.id.map({ Question(id: $0, arguments: arguments) }), asked[question] == nil else {
            return
        }
        try queue(sql, arguments, as: .question(question, closure: closure))
        asked[question] = .some(nil)
    }

    final func each(_ sql: SQL, _ arguments: [SQLValue], _ body: (any Row) throws -> Bool) throws {
        let answer = try answered(sql, arguments) ?? ask(sql, arguments)
        guard let answer else { return }
        for row in 0..<answer.count { guard try body(PostgreSQLRow(answer: answer, row: row)) else { return } }
    }

    /// Who only reads has nothing to undo.
    func attempt<Value>(_ body: () throws -> Value) throws -> Value { try body() }

    /// Called before a statement that changes something.
    func willChange() throws {}

    /// Runs any number of statements that answer nothing.
    final func script(_ text: String) throws {
        _ = try settle()
        let deadline = ContinuousClock.now + Self.scriptTimeout
        var failure: PostgreSQLError?
        try withConnection { connection in failure = try connection.script(text, until: deadline) }
        if let failure { throw StoreError(failure) }
    }

    // MARK: Sending and settling

    private func send(_ sql: SQL, _ arguments: [SQLValue]) throws {
        if !sql.isReading { try willChange() }
        try queue(sql, arguments)
    }

    private func ask(_ sql: SQL, _ arguments: [SQLValue]) throws -> Answer? {
        try send(sql, arguments)
        return try settle()
    }

    /// What was asked ahead; nil where it has to be asked now.
    private func answered(_ sql: SQL, _ arguments: [SQLValue]) throws -> Answer? {
        guard !asked.isEmpty, let question = sql.id.map({ Question(id: $0, arguments: arguments) }),
            let known = asked[question]
        else { return nil }
        if known == nil { _ = try settle() }
        return asked.removeValue(forKey: question) ?? nil
    }

    /// Puts a statement behind those that are queued.
    final func queue(_ sql: SQL, _ arguments: [SQLValue]) throws {
        if !sql.isReading { forgetAnswers() }
        try queue(sql, arguments, as: .statement(closure: closure))
    }

    private func queue(_ sql: SQL, _ arguments: [SQLValue], as item: Sent) throws {
        try withConnection { connection in
            let parameters = try arguments.map(Parameter.init)
            let name = try compile(sql, parameters.map(\.type), on: connection)
            try connection.execute(name, parameters)
            sent.append(item)
        }
    }

    /// What was asked ahead is of another state than what will be asked.
    final func forgetAnswers() { asked = [:] }

    /// Ends the pipeline behind what is queued.
    final func queueSync() throws {
        try withConnection { connection in
            try connection.sync()
            sent.append(.sync)
        }
    }

    /// Takes the replies to all that is queued.
    ///
    /// - Returns: The answer to the last statement.
    /// - Throws: `StoreError` for the first that failed.
    final func settle(within patience: Duration? = nil) throws -> Answer? {
        let deadline = ContinuousClock.now + (patience ?? self.patience)
        var answer: Answer?
        var failure: (error: PostgreSQLError, closure: Int)?
        try syncIfWanted()
        let queued = sent
        try withConnection { connection in
            for item in queued {
                let reply = try connection.reply(until: deadline)
                if case .answer(let given) = reply { keep(given, of: item, &answer) }
                if case .failed(let error) = reply, failure == nil { failure = (error, Self.closure(of: item)) }
                forgetUnprepared(item, reply)
            }
            sent = []
            if failure != nil { try resynchronize(connection, queued, deadline) }
        }
        if let failure { throw self.failure(failure.error, of: failure.closure) }
        return answer
    }

    private func syncIfWanted() throws {
        guard settlesInSync, let last = sent.last else { return }
        if case .sync = last { return }
        try queueSync()
    }

    private func keep(_ given: Answer, of item: Sent, _ last: inout Answer?) {
        guard case .question(let question, _) = item else { return last = given }
        if asked[question] != nil { asked[question] = given }
    }

    /// Behind a failure the server skips all up to a sync.
    private func resynchronize(
        _ connection: Connection,
        _ queued: [Sent],
        _ deadline: ContinuousClock.Instant
    ) throws(PostgreSQLError) {
        if case .sync? = queued.last { return }
        try connection.sync()
        _ = try connection.reply(until: deadline)
    }

    private func failure(_ error: PostgreSQLError, of closure: Int) -> StoreError {
        switch error.kind {
        case .again: note(.again(error))
        case .stale:
            prepared = [:]
            note(.again(error))
        default: if closure != self.closure { note(.elsewhere(error)) }
        }
        return StoreError(error)
    }

    /// What was not compiled is compiled the next time.
    private func forgetUnprepared(_ item: Sent, _ reply: Connection.Reply) {
        guard case .preparation(let name, _) = item else { return }
        if case .prepared = reply { return }
        prepared = prepared.filter { $0.value != name }
    }

    private static func closure(of item: Sent) -> Int {
        switch item {
        case .statement(let closure), .preparation(_, let closure), .question(_, let closure): closure
        case .sync: 0
        }
    }

    /// The name under which the statement is compiled for values of these types; what is not kept has none.
    private func compile(_ sql: SQL, _ types: [UInt32], on connection: Connection) throws(PostgreSQLError) -> String {
        let key = sql.id.map { Compiled(id: $0, types: types) }
        if let key, let name = prepared[key] { return name }
        compiled += 1
        let name = key == nil ? "" : "s\(compiled)"
        try connection.prepare(name, sql.text, types)
        sent.append(.preparation(name, closure: closure))
        if let key { prepared[key] = name }
        return name
    }

    private func withConnection(_ body: (Connection) throws -> Void) throws {
        guard let connection else {
            if case .lost(let error)? = trouble { throw StoreError(error) }
            throw StoreError(.unreachable, "there is no connection")
        }
        do { try body(connection) } catch let error as PostgreSQLError {
            drop(error)
            throw StoreError(error)
        }
    }
}

private struct PostgreSQLRow: Row {
    let answer: Answer
    let row: Int

    func integer(_ column: Int) -> Int64 { answer.integer(row, column) }
    func real(_ column: Int) -> Double { answer.real(row, column) }
    func isNull(_ column: Int) -> Bool { answer.isNull(row, column) }
    func size(_ column: Int) -> Int { answer.size(row, column) }
    func text(_ column: Int) -> String { answer.text(row, column) }
    func bytes(_ column: Int) -> [UInt8] { answer.bytes(row, column) }
    func append(_ column: Int, to bytes: inout [UInt8]) { answer.append(row, column, to: &bytes) }
}

extension Parameter {
    /// - Throws: `Failure` with `invalid_request` for a text with U+0000: SQLite takes it, PostgreSQL has none.
    fileprivate init(_ value: SQLValue) throws {
        switch value {
        case .text(let text) where text.utf8.contains(0): throw Failure.invalid("text", "must not contain U+0000")
        case .null: self = .null
        case .integer(let number): self = .integer(number)
        case .real(let number): self = .real(number)
        case .text(let text): self = .text(text)
        case .bytes(let bytes): self = .bytes(bytes)
        }
    }
}
