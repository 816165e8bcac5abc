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
}

extension DurableStore {
    fileprivate func once(_ claim: IdempotencyClaim, _ now: Deadline, _ answer: Number) async throws -> Number {
        try await write { try IdempotencyLedger.once(claim, now: now, in: $0) { answer } }
    }
}
