// A database of numbers that each test owns alone, in a directory that goes with it.

import Bus
import Foundation
import Storage

struct Number: Codable, Sendable, Equatable { let value: Int }

let numbers = Topic<Number>("number.added", publisher: "test", "A number was added")

/// What a closure of a test throws on purpose.
struct Refused: Error, Equatable {}

final class TestDatabase: Sendable {
    let directory: URL
    let database: DurableStore
    var path: String { directory.appending(path: "test.db").path }

    init(_ limits: StoreLimits = TestDatabase.limits) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "storage-\(UUID().uuidString)/data")
        database = try Self.open(directory.appending(path: "test.db").path, limits)
    }

    deinit { try? FileManager.default.removeItem(at: directory.deletingLastPathComponent()) }

    /// A batch may take as long as it likes: tests that count them run on busy machines.
    static var limits: StoreLimits {
        var limits = StoreLimits()
        limits.maximumBatchTime = .seconds(50)
        return limits
    }

    static let tables = Migration(
        "numbers",
        DDL(tables: "CREATE TABLE number (value INTEGER PRIMARY KEY, note TEXT) STRICT")
    )

    static func open(_ path: String, _ limits: StoreLimits = TestDatabase.limits) throws -> DurableStore {
        var location = DatabaseLocation.file(path)
        location.limits = limits
        return try DurableStore(
            location,
            topics: [numbers.name],
            migrations: [tables]
        )
    }
}

extension DurableStore {
    /// Adds a number and its event; with `failing`, only after both are written.
    @discardableResult
    func add(_ value: Int, failing: Bool = false) async throws -> UInt64 {
        try await write { transaction in
            try transaction.run("INSERT INTO number (value) VALUES ($1)", [.int(value)])
            var offset: UInt64 = 0
            try transaction.publish(numbers, key: "\(value)") {
                offset = $0
                return Number(value: value)
            }
            if failing { throw Refused() }
            return offset
        }
    }

    func allNumbers() async throws -> [Int] {
        try await read { try $0.rows("SELECT value FROM number ORDER BY value") { $0.int(0) } }
    }

    /// Returns once so many writes wait in the queue.
    func waitUntilQueued(_ count: Int) async throws {
        while statistics.queued < count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
