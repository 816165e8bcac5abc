// Readers of a store on PostgreSQL and the writer's connection: what is read after the writer has another one is read from a host that is no older.

import DatabaseServer
import PostgreSQL
import Testing

@testable import Storage

@Suite(.timeLimit(.minutes(1))) struct WriterLifeTests {
    private let server: DatabaseServer
    private let life = WriterLife()
    private let readers: PostgreSQLReaders

    init() throws {
        server = try DatabaseServer.shared.get()
        readers = PostgreSQLReaders(PostgreSQLSource([server.server], schema: "public", StoreLimits()), life)
    }

    private func session() throws -> Int? {
        try readers.read { try $0.row("SELECT pg_backend_pid()") { $0.int(0) } }
    }

    @Test func `a reader keeps its connection as long as the writer does, and no longer`() throws {
        let first = try session()
        #expect(try first != nil && session() == first)
        life.begin(timeline: 1)
        let second = try session()
        #expect(try second != first && session() == second)
    }

    @Test func `a host of an older timeline than the writer's is not read`() throws {
        life.begin(timeline: 99)
        #expect(throws: StoreError.self) { try session() }
        life.begin(timeline: 1)
        #expect(try session() != nil)
    }
}
