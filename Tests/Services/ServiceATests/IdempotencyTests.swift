// A request repeated under its key has one effect and one answer.

import Bus
import Contracts
import ServiceA
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct IdempotencyTests {
    private func claim(
        _ key: String,
        by subject: String = "ada",
        as kind: Principal.Kind = .user,
        operation: String = SequenceOperations.create.name,
        _ request: some Encodable
    ) throws -> IdempotencyClaim? {
        let principal = Principal(kind: kind, subject: subject, roles: ["user"])
        let context = CallContext(operation: operation, principal: principal, idempotencyKey: key)
        return try IdempotencyClaim(context, request)
    }

    @Test(arguments: StoreKind.allCases)
    func `the first answer is repeated, also in parallel`(kind: StoreKind) async throws {
        let store = try kind.make()
        let claim = try claim("k1", element(.script, 1))
        let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await store.create(.script, 1, once: claim) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(numbers == Array(repeating: 1, count: 20))
        #expect(try await store.changes().count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `the key with another request is refused`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await store.create(.script, 1, once: claim("k1", element(.script, 1)))
        let other = try claim("k1", element(.script, 2))
        let failure = await #expect(throws: Failure.self) { try await store.create(.script, 2, once: other) }
        #expect(failure?.code == .idempotencyKeyReused)
        #expect(try await store.order(of: .script) == [1])
    }

    @Test(arguments: StoreKind.allCases)
    func `another sender's key is another key`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await store.create(.script, 1, once: claim("k1", by: "ada", element(.script, 1)))
        #expect(try await store.create(.script, 2, once: claim("k1", by: "bob", element(.script, 2))) == 2)
        // A user and an API key of one name are two senders.
        #expect(try await store.create(.script, 3, once: claim("k1", by: "ada", as: .apiKey, element(.script, 3))) == 3)
    }

    @Test(arguments: StoreKind.allCases)
    func `a request that failed is judged afresh`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await store.create(.script, 1)
        let claim = try claim("k1", element(.script, 1))
        await #expect(throws: Failure.self) { try await store.create(.script, 1, once: claim) }
        try await store.delete(element(.script, 1), once: nil)
        #expect(try await store.create(.script, 1, once: claim) == 1)
    }

    @Test func `a key is remembered for a day, and forgotten after it`() async throws {
        let clock = TestClock()
        let store = try DatabaseSequenceStore(.memory, now: { clock.now })
        let first = try claim("k1", element(.script, 1))
        try await store.create(.script, 1, once: first)
        clock.advance(by: .seconds(86_399))
        #expect(try await store.create(.script, 1, once: first) == 1)
        clock.advance(by: .seconds(2))
        #expect(try await store.create(.script, 2, once: claim("k1", element(.script, 2))) == 2)
    }

    @Test(arguments: ["", String(repeating: "k", count: 256)]) func `a key of an odd length is refused`(key: String) {
        let failure = #expect(throws: Failure.self) { try claim(key, Empty()) }
        #expect(failure?.fields?.map(\.field) == ["Idempotency-Key"])
    }
}
