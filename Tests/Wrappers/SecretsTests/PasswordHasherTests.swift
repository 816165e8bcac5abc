// Hashing where more is asked for than threads can do: refused early, for known and unknown users alike, or answered, each caller.

import Testing

@testable import Secrets

@Suite(.timeLimit(.minutes(1))) struct PasswordHasherTests {
    @Test func `a hash verifies its password and no other`() async throws {
        let hasher = try PasswordHasher(parameters: .test)
        let hash = try await hasher.hash("open sesame")
        #expect(try await hasher.verify("open sesame", against: hash))
        #expect(try await !hasher.verify("open barley", against: hash))
        try await hasher.verifyDummy("open sesame")
    }

    @Test func `beyond threads and queue it refuses before hashing, for known and unknown users alike`() async throws {
        let pool = BlockingPool(name: "test", threads: 1, maximumWaiting: 0)
        let turnstile = BlockingPoolTests.Turnstile()
        let hasher = try PasswordHasher(parameters: .recommended, pool: pool)
        let known = try PasswordHash.unmatchable(parameters: .recommended)
        let busy = Task { try await pool.run { turnstile.pass() } }
        try await BlockingPoolTests.until { hasher.load.running == 1 }
        // The only thread is held until below: an answer now was given without hashing.
        await #expect(throws: PasswordHasherError.overloaded) { try await hasher.hash("x") }
        await #expect(throws: PasswordHasherError.overloaded) { try await hasher.verify("x", against: known) }
        await #expect(throws: PasswordHasherError.overloaded) { try await hasher.verifyDummy("x") }
        turnstile.open(1)
        try await busy.value
    }

    @Test func `a caller who leaves the queue is told so`() async throws {
        let pool = BlockingPool(name: "test", threads: 1, maximumWaiting: 1)
        let turnstile = BlockingPoolTests.Turnstile()
        let hasher = try PasswordHasher(parameters: .test, pool: pool)
        let busy = Task { try await pool.run { turnstile.pass() } }
        try await BlockingPoolTests.until { hasher.load.running == 1 }
        let waiting = Task { try await hasher.verifyDummy("x") }
        try await BlockingPoolTests.until { hasher.load.waiting == 1 }
        waiting.cancel()
        await #expect(throws: PasswordHasherError.cancelled) { try await waiting.value }
        turnstile.open(1)
        try await busy.value
    }

    @Test func `a hundred logins at once are all answered`() async throws {
        let hasher = try PasswordHasher(parameters: .test, concurrency: 2, maximumWaiting: 100)
        let hash = try await hasher.hash("secret")
        let correct = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask { try await hasher.verify(number.isMultiple(of: 2) ? "secret" : "guess", against: hash) }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(correct == 50)
    }
}
