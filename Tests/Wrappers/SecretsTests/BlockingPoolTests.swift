// Threads for work that blocks: no more at once than there are, a queue with an end, and callers that hold no thread while they wait.

import Dispatch
import Synchronization
import Testing

@testable import Secrets

@Suite(.timeLimit(.minutes(1))) struct BlockingPoolTests {
    /// Work that counts how much of it runs at once and waits to be let through.
    final class Turnstile: Sendable {
        private let counts = Mutex((now: 0, most: 0))
        private let gate = DispatchSemaphore(value: 0)

        var most: Int { counts.withLock { $0.most } }

        func pass() {
            counts.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
            }
            gate.wait()
            counts.withLock { $0.now -= 1 }
        }

        func open(_ times: Int) {
            for _ in 0..<times { gate.signal() }
        }
    }

    final class Order: Sendable {
        let started = Mutex<[Int]>([])
    }

    static func until(_ condition: () -> Bool) async throws {
        while !condition() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func `never more work at once than threads, and the rest waits`() async throws {
        let pool = BlockingPool(name: "test", threads: 3, maximumWaiting: 9)
        let turnstile = Turnstile()
        try await withThrowingTaskGroup { group in
            for _ in 0..<12 { group.addTask { try await pool.run { turnstile.pass() } } }
            // A thread counts as running before it is in the turnstile.
            try await Self.until { pool.load == (3, 9) && turnstile.most >= 3 }
            await #expect(throws: BlockingPoolError.overloaded) { try await pool.run { turnstile.pass() } }
            turnstile.open(12)
            try await group.waitForAll()
        }
        #expect(turnstile.most == 3)
        #expect(pool.load == (0, 0))
    }

    @Test func `a freed thread takes new work at once`() async throws {
        let pool = BlockingPool(name: "test", threads: 1, maximumWaiting: 0)
        for number in 0..<500 { #expect(try await pool.run { number } == number) }
    }

    @Test func `work that waits is cancelled, work that runs is not`() async throws {
        let pool = BlockingPool(name: "test", threads: 1, maximumWaiting: 1)
        let turnstile = Turnstile()
        let running = Task { try await pool.run { turnstile.pass() } }
        try await Self.until { pool.load.running == 1 }
        let waiting = Task { try await pool.run { Issue.record("cancelled work ran") } }
        try await Self.until { pool.load.waiting == 1 }
        waiting.cancel()
        await #expect(throws: BlockingPoolError.cancelled) { try await waiting.value }
        #expect(pool.load == (1, 0))
        running.cancel()
        turnstile.open(1)
        try await running.value
    }

    @Test func `a task cancelled beforehand starts nothing`() async throws {
        let pool = BlockingPool(name: "test", threads: 1, maximumWaiting: 0)
        let turnstile = Turnstile()
        let blocker = Task { try await pool.run { turnstile.pass() } }
        try await Self.until { pool.load.running == 1 }
        let task = Task {
            while !Task.isCancelled {
                await Task.yield()
            }
            return try await pool.run { Issue.record("cancelled work ran") }
        }
        task.cancel()
        await #expect(throws: BlockingPoolError.self) { try await task.value }
        turnstile.open(1)
        _ = await blocker.result
    }

    @Test func `the order of waiting is the order of starting`() async throws {
        let pool = BlockingPool(name: "test", threads: 1, maximumWaiting: 10)
        let turnstile = Turnstile()
        let order = Order()
        try await withThrowingTaskGroup { group in
            group.addTask { try await pool.run { turnstile.pass() } }
            try await Self.until { pool.load.running == 1 }
            for number in 1...10 {
                group.addTask { try await pool.run { order.started.withLock { $0.append(number) } } }
                try await Self.until { pool.load.waiting == number }
            }
            turnstile.open(1)
            try await group.waitForAll()
        }
        #expect(order.started.withLock(\.self) == Array(1...10))
    }

    @Test func `callers on every cooperative thread still make progress while all pool threads block`() async throws {
        let pool = BlockingPool(name: "test", threads: 4, maximumWaiting: 60)
        let turnstile = Turnstile()
        try await withThrowingTaskGroup { group in
            for _ in 0..<64 { group.addTask { try await pool.run { turnstile.pass() } } }
            try await Self.until { pool.load == (4, 60) }
            // This line runs only because none of the 64 callers holds a thread.
            turnstile.open(64)
            try await group.waitForAll()
        }
    }
}
