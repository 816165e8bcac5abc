// Writes that do much, between writes that do little: who waits for whom.

import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct LongWriteTests {
    private let test: TestDatabase
    private var database: DurableStore { test.database }

    init() throws { test = try TestDatabase() }

    /// Which writes ran, in their order.
    private final class Order: Sendable {
        private let names = Mutex<[String]>([])

        var all: [String] { names.withLock { $0 } }
        func note(_ name: String) { names.withLock { $0.append(name) } }
    }

    /// Hands in one write after another while the writer stands at a gate, and lets them run. Those that are called `long…` are long.
    private func run(_ names: [String], _ order: Order, body: @escaping @Sendable (String) -> Void = { _ in })
        async throws
    {
        let gate = await WriterGate(database)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, name) in names.enumerated() {
                group.addTask { [database] in
                    try await database.write(isLong: name.hasPrefix("long")) { _ in
                        body(name)
                        order.note(name)
                    }
                }
                try await database.waitUntilQueued(index + 1)
            }
            try await gate.open()
            try await group.waitForAll()
        }
    }

    @Test func `behind a long write first come all short ones that waited for it`() async throws {
        let order = Order()
        try await run(["long 1", "long 2", "1", "long 3", "2", "3"], order)
        #expect(order.all == ["long 1", "1", "2", "3", "long 2", "long 3"])
    }

    @Test func `what comes before a long write does not wait for it`() async throws {
        let order = Order()
        let committed = Mutex<[Int]>([])
        try await run(["1", "2", "long", "3"], order) { [database] _ in
            committed.withLock { $0.append(database.statistics.committed) }
        }
        // The gate is committed, and at the turn of the long one both before it. Where that was quick, the next shares its transaction.
        #expect(committed.withLock { $0 } == [1, 1, 3, 3])
        #expect(order.all == ["1", "2", "long", "3"])
    }

    @Test func `long writes are not starved by those that come later`() async throws {
        let order = Order()
        try await run(["long 1", "long 2", "1"], order) { [database] name in
            // Whoever comes after the promise waits for the long one that is older.
            guard name == "1" else { return }
            Task { try await database.write { _ in order.note("late") } }
            while database.statistics.queued < 2 {}  // the older long one waits as well
        }
        try await database.write { _ in order.note("last") }
        #expect(order.all == ["long 1", "1", "long 2", "late", "last"])
    }
}
