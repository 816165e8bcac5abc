// A request that comes again under its Idempotency-Key: the first answer again, and no second effect.

import Bus
import Contracts
import Secrets
import Testing

@testable import TwoFactor

@Suite struct RepeatTests {
    @Test(arguments: StoreKind.allCases)
    func `an enrolment is shown again, and so are its recovery codes`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let secrets = try await bench.twice { try await bench.on(TwoFactorOperations.enroll, Empty(), key: "a").secret }
        #expect(secrets.count == 1)
        let code = try bench.appCode(try #require(secrets.first))
        let codes = try await bench.twice {
            try await bench.on(TwoFactorOperations.confirm, .init(otpCode: code), key: "b").recoveryCodes
        }
        #expect(codes.count == 1)
        // The clock has gone on: a code that was spent is spent, without the key and in other sessions.
        bench.clock.advance(30)
        let next = try bench.appCode(try #require(secrets.first))
        let request = TwoFactorOperations.VerifyRequest(otpCode: next)
        let tokens = try await bench.twice {
            try await bench.on(TwoFactorOperations.verify, request, key: "c").accessToken
        }
        #expect(tokens.count == 1)
        await expectFailure(.otpRejected) { try await bench.on(TwoFactorOperations.verify, request) }
        await expectFailure(.otpRejected) {
            try await bench.on(TwoFactorOperations.verify, request, session: "thief", key: "c")
        }
        await expectFailure(.idempotencyKeyReused) { try await bench.on(TwoFactorOperations.enroll, Empty(), key: "c") }
        let disabled = try await bench.twice {
            _ = try await bench.on(TwoFactorOperations.disable, Empty(), steppedUp: true, key: "d")
            return true
        }
        #expect(disabled == [true])
    }

    @Test(arguments: StoreKind.allCases)
    func `no answer says that sessions have ended before they have`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        _ = try await bench.enrolled()
        await bench.tokens.forget()
        let name = KMS.UserName(username: try #require(KMS.Username("ada")))
        let reset = { @Sendable () async throws -> Empty in
            try await bench.on(TwoFactorOperations.reset, name, as: "root", roles: ["admin"], key: "a")
        }
        await bench.tokens.leave()
        for _ in 0..<2 { await expectFailure(.unavailable) { try await reset() } }
        await bench.tokens.comeBack()
        _ = try await reset()
        #expect(await bench.tokens.ended == [.init(user: "ada", kept: nil)])
        _ = try await reset()
        #expect(await bench.tokens.ended.count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `a code is sent once`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        _ = try await bench.enrolled()
        _ = try await bench.twice {
            try await bench.on(TwoFactorOperations.generate, .init(), key: "a").expiresAt
        }
        let sent = try await bench.sentCode()
        await expectFailure(.tooManyRequests) { try await bench.on(TwoFactorOperations.generate, .init()) }
        _ = try await bench.verify(sent)
    }

    @Test(arguments: StoreKind.allCases)
    func `of twenty at once one has the effect, and all have its answer`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let secrets = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 {
                group.addTask { try await bench.on(TwoFactorOperations.enroll, Empty(), key: "a").secret }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(secrets.count == 1)
        let pending = try await bench.store.account(of: AccountName("ada")).pending
        #expect(pending != nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `an answer is given again for a day, whatever the clock did`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let first = try await bench.on(TwoFactorOperations.enroll, Empty(), key: "a").secret
        bench.clock.advance(-366 * 86_400)
        #expect(try await bench.on(TwoFactorOperations.enroll, Empty(), key: "a").secret == first)
        bench.clock.advance(86_401)
        #expect(try await bench.on(TwoFactorOperations.enroll, Empty(), key: "a").secret != first)
    }

    /// A portion at a time is forgotten: what is over may be there still.
    @Test(arguments: StoreKind.allCases)
    func `an answer that is over is none, whether or not it was forgotten`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let now = bench.clock.now
        let keep = { (id: String, time: Int64, content: UInt8) in
            let receipt = Receipt(id: id, sealed: .init([content]), keptAt: time)
            try await bench.store.record(AccountName("ada")) { _, entries in entries.receipt = receipt }
        }
        for number in 1...52 { try await keep("r\(number)", Int64(number), 1) }
        try await bench.store.forgetReceipts(before: now, now: now)
        #expect(try await bench.store.receipt(["r50"], since: 0) == nil)
        #expect(try await bench.store.receipt(["r51"], since: 0) != nil)
        #expect(try await bench.store.receipt(["r51", "r52"], since: now) == nil)
        // Its place can be taken, once.
        try await keep("r52", now, 2)
        #expect(try await bench.store.receipt(["r52"], since: now)?.sealed == .init([2]))
        await #expect(throws: Receipt.Taken.self) { try await keep("r52", now, 3) }
    }
}

extension TestBench {
    /// What the two answers were.
    fileprivate func twice<Answer: Hashable>(_ body: () async throws -> Answer) async throws -> Set<Answer> {
        [try await body(), try await body()]
    }
}
