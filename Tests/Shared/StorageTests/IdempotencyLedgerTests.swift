// What the ledger keeps of answers, how much of it, and how it gets rid of it.

import Bus
import Storage
import Testing

@Suite(.timeLimit(.minutes(2))) struct IdempotencyLedgerTests {
    private func claim(_ key: String, _ request: some Encodable) throws -> IdempotencyClaim {
        let context = CallContext(operation: "number.add", idempotencyKey: key)
        return try #require(try IdempotencyClaim(context, request))
    }

    private func count(_ store: DurableStore) async throws -> Int? {
        try await store.read { try $0.row("SELECT count(*) FROM idempotency") { $0.int(0) } }
    }

    @Test(arguments: StoreKind.allCases)
    func `old answers go some with each write, and their keys are free before they are gone`(
        kind: StoreKind
    ) async throws {
        let store = try kind.open()
        let now = Deadline.now
        let longAgo = now.microseconds - 2 * 86_400_000_000
        let old = try (1...100).map { try claim("k\($0)", Number(value: $0)) }
        try await store.write { transaction in
            for (age, claim) in zip(UInt64(0)..., old) {
                let then = Deadline(microseconds: longAgo + age)
                _ = try IdempotencyLedger.once(claim, now: then, in: transaction) { Number(value: 0) }
            }
        }
        // The youngest, which is not among the first to go, asks something else now.
        let other = try claim("k100", Number(value: 1000))
        for value in [1000, 1001] {
            let answer = try await store.once(other, now, Number(value: value))
            #expect(answer == Number(value: 1000), "the second time what was said the first time")
        }
        #expect(try await count(store) == 60)
        for value in 1...3 {
            _ = try await store.once(try claim("new\(value)", Number(value: value)), now, Number(value: value))
        }
        #expect(try await count(store) == 4, "old ones do not gather")
    }

    @Test(arguments: StoreKind.allCases)
    func `a request that is done in parts is kept once, and each part is held against all of it`(
        kind: StoreKind
    ) async throws {
        let store = try kind.open()
        let request = (1...1000).map { Number(value: $0) }
        let whole = try claim("k", request)
        let parts = (0..<10).map { whole.part($0) }
        for _ in 1...2 {
            for (number, part) in parts.enumerated() {
                #expect(try await store.once(part, .now, Number(value: number)) == Number(value: number))
            }
        }
        let bytes = try await store.read { try $0.row("SELECT sum(length(request)) FROM idempotency") { $0.int(0) } }
        #expect(try #require(bytes) < 2 * whole.request.count)
        let other = try claim("k", request.dropLast() + [Number(value: 0)])
        for number in [0, 5] {
            let failure = await #expect(throws: Failure.self) {
                try await store.once(other.part(number), .now, Number(value: 0))
            }
            #expect(failure?.code == .idempotencyKeyReused)
        }
    }

    @Test(arguments: StoreKind.allCases) func `a part that an older version has kept with all of its request is known`(
        kind: StoreKind
    ) async throws {
        let store = try kind.open()
        let part = try claim("k", Number(value: 1)).part(5)
        _ = try await store.once(part, .now, Number(value: 1))
        try await store.write { _ = try $0.run("UPDATE idempotency SET request = $1", [.bytes(part.request)]) }
        #expect(try await store.once(part, .now, Number(value: 2)) == Number(value: 1))
    }
}

extension DurableStore {
    fileprivate func once(_ claim: IdempotencyClaim, _ now: Deadline, _ answer: Number) async throws -> Number {
        try await write { try IdempotencyLedger.once(claim, now: now, in: $0) { answer } }
    }
}
