// SQLite by way of our wrapper: parameters, statements that are kept, text to its last byte, errors by kind, and the pages of the log.

import Foundation
import SQLite
import Testing

@Suite struct ConnectionTests {
    let connection: Connection

    init() throws { connection = try Connection(":memory:") }

    private func values(_ text: String, _ bind: (Statement) throws -> Void = { _ in }) throws -> [Int64] {
        let statement = try connection.statement(text.hashValue, text)
        defer { statement.reset() }
        try bind(statement)
        var values: [Int64] = []
        while try statement.step() { values.append(statement.integer(0)) }
        return values
    }

    @Test func `parameters go by their numbers, not by their places`() throws {
        let difference = try values("SELECT $2 - $1 + 0 * $3") { statement in
            #expect(statement.parameterCount == 3)
            for (position, value) in [1, 10, 100].enumerated() { try statement.bind(Int64(value), at: position) }
        }
        #expect(difference == [9])
    }

    @Test func `a parameter may stand twice`() throws {
        #expect(try values("SELECT $1 + $1") { try $0.bind(Int64(21), at: 0) } == [42])
    }

    @Test func `a statement is compiled once, and again where it is in the midst of its rows`() throws {
        let first = try connection.statement(1, "SELECT 1")
        #expect(try connection.statement(1, "SELECT 1") === first)
        _ = try first.step()
        #expect(try connection.statement(1, "SELECT 1") !== first)
        first.reset()
        #expect(try connection.statement(1, "SELECT 1") === first)
    }

    @Test func `text is what was bound, to its last byte`() throws {
        for text in ["", "a\u{0}b", "\u{301}", String(repeating: "x", count: 10_000)] {
            let statement = try connection.statement(2, "SELECT $1")
            defer { statement.reset() }
            try statement.bind(text, at: 0)
            #expect(try statement.step())
            #expect(Array(statement.text(0).utf8) == Array(text.utf8))
            #expect(statement.size(0) == text.utf8.count && !statement.isNull(0))
        }
    }

    @Test func `errors are sorted by what can be done about them`() throws {
        try connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY NOT NULL) STRICT; INSERT INTO t VALUES (1)")
        #expect(throws: SQLiteError.self) { try connection.execute("INSERT INTO t VALUES (1)") }
        #expect(kind { try connection.execute("INSERT INTO t VALUES (1)") } == .constraint)
        #expect(kind { try connection.execute("SELEKT") } == .other)
        #expect(kind { _ = try Connection("/dev/null/no/such.db") } == .cannotOpen)
    }

    private func kind(_ body: () throws -> Void) -> SQLiteError.Kind? {
        do {
            try body()
            return nil
        } catch { return (error as? SQLiteError)?.kind }
    }

    @Test func `the pages of the log are counted, and a checkpoint makes it begin anew`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "sqlite-\(UUID().uuidString).db").path
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        let (writer, keeper) = (try Connection(path), try Connection(path))
        try writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (a)")
        writer.countLogPages()
        for _ in 1...50 { try writer.execute("INSERT INTO t VALUES (zeroblob(5000))") }
        #expect(writer.logPages > 100)
        try keeper.checkpoint()
        try writer.execute("INSERT INTO t VALUES (1)")
        #expect(writer.logPages < 10)
    }
}
