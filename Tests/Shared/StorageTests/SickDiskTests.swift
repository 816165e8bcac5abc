// Nothing is answered that is not on disk, whatever is wrong with the disk.

import Bus
import Foundation
import SQLite
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct SickDiskTests {
    /// SQLite's own limit on pages stands in for a full file system: the same error by the same path.
    @Test func `a full disk fails the whole transaction and nothing is half there`() async throws {
        let test = try TestDatabase()
        let database = test.database
        try await database.add(1)
        try await database.write { transaction in
            let pages = try transaction.row("PRAGMA page_count") { $0.int(0) } ?? 0
            try transaction.run(SQL("PRAGMA max_page_count = \(pages + 4)"))
        }
        let gate = await WriterGate(database)
        async let neighbour = database.add(2)
        try await database.waitUntilQueued(1)
        let hungry = Task {
            try await database.write { transaction in
                try transaction.run(
                    "INSERT INTO number (value, note) VALUES (3, $1)",
                    [.text(String(repeating: "x", count: 100_000))]
                )
            }
        }
        try await database.waitUntilQueued(2)
        try await gate.open()

        let failure = await #expect(throws: Failure.self) { try await hungry.value }
        #expect(failure?.code == .unavailable)
        // SQLite may undo the statement or the transaction; either way the answer and the table agree.
        let neighbourStands = (try? await neighbour) != nil
        #expect(try await database.allNumbers() == (neighbourStands ? [1, 2] : [1]))
        try await database.add(4)
        #expect(try await database.allNumbers().contains(4))
    }

    @Test func `a lock held elsewhere is unavailable, and passes`() async throws {
        var limits = TestDatabase.limits
        limits.lockTimeout = .zero
        let test = try TestDatabase(limits)
        let other = try Connection(test.path)
        try other.execute("BEGIN IMMEDIATE")
        let failure = await #expect(throws: Failure.self) { try await test.database.add(1) }
        #expect(failure?.code == .unavailable)
        try other.execute("ROLLBACK")
        try await test.database.add(2)
        #expect(try await test.database.allNumbers() == [2])
        #expect(try await test.database.outbox.heads().map(\.head) == [1])
    }

    @Test func `a read-only file is unavailable`() async throws {
        let test = try TestDatabase()
        // Read-only by pragma: tests may run as root, whom file modes do not stop.
        try await test.database.write { _ = try $0.run("PRAGMA query_only = 1") }
        let failure = await #expect(throws: Failure.self) { try await test.database.add(1) }
        #expect(failure?.code == .unavailable)
    }

    @Test func `a place where no file can be is refused on opening`() throws {
        let failure = #expect(throws: Failure.self) { try DurableStore(.file("/dev/null/not/a/directory.db")) }
        #expect(failure?.code == .unavailable)
        #expect(failure?.detail.contains("/dev/null/not") == true)
    }

    @Test func `a file that is no database is refused on opening`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "no-database-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(repeating: 7, count: 8192).write(to: URL(fileURLWithPath: path))
        let failure = #expect(throws: Failure.self) { try DurableStore(.file(path)) }
        #expect(failure?.code == .unavailable)
    }
}
