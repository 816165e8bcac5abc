// The wall clock is put right: what was written while it was ahead must neither lock anybody out nor last any longer for it.

import Bus
import Contracts
import Testing

@testable import TwoFactor

@Suite struct ClockTests {
    private static let year: Int64 = 366 * 86_400

    @Test(arguments: StoreKind.allCases, [120, 3600, year])
    func `codes of the app are taken, each once`(kind: StoreKind, ahead: Int64) async throws {
        let bench = try TestBench(kind)
        bench.clock.advance(-ahead)
        let (secret, _) = try await bench.enrolled()
        _ = try await bench.verify(bench.appCode(secret))
        // Ahead for a while, used there, and put right again.
        bench.clock.advance(ahead)
        _ = try await bench.verify(bench.appCode(secret))
        bench.clock.advance(-ahead)
        await expectFailure(.otpRejected) { try await bench.verify(bench.appCode(secret)) }
        let next = try bench.appCode(secret, periods: 1)
        _ = try await bench.verify(next)
        await expectFailure(.otpRejected) { try await bench.verify(next) }
        bench.clock.advance(30)
        await expectFailure(.otpRejected) { try await bench.verify(next) }
        bench.clock.advance(30)
        _ = try await bench.verify(bench.appCode(secret))
    }

    @Test(arguments: StoreKind.allCases)
    func `a wait is never longer than its rule gives`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let (secret, _) = try await bench.enrolled()
        for _ in 1...5 { await expectFailure(.otpRejected) { try await bench.verify(bench.wrongCode(secret)) } }
        bench.clock.advance(-Self.year)
        let failure = await expectFailure(.tooManyRequests) { try await bench.verify(bench.appCode(secret)) }
        #expect(failure?.retryAfter == 30)
        bench.clock.advance(29)
        await expectFailure(.tooManyRequests) { try await bench.verify(bench.appCode(secret)) }
        bench.clock.advance(1)
        _ = try await bench.verify(bench.appCode(secret))
    }

    @Test(arguments: StoreKind.allCases)
    func `codes are sent again, and those on their way are void`(kind: StoreKind) async throws {
        var configuration = TwoFactorConfiguration()
        configuration.deliveries.dailyCap = 2
        let bench = try TestBench(kind, configuration)
        _ = try await bench.enrolled()
        _ = try await bench.generate()
        bench.clock.advance(30)
        _ = try await bench.generate()
        _ = try await bench.sentCode()
        let old = try await bench.sentCode()
        bench.clock.advance(-Self.year)
        await expectFailure(.otpRejected) { try await bench.verify(old) }
        _ = try await bench.generate()
        _ = try await bench.verify(bench.sentCode())
    }

    @Test func `a small step back voids no code that was sent`() async throws {
        let bench = try TestBench()
        _ = try await bench.enrolled()
        _ = try await bench.generate()
        bench.clock.advance(-60)
        _ = try await bench.verify(bench.sentCode())
    }

    @Test func `a proof of the future is not fresh`() async throws {
        let bench = try TestBench()
        _ = try await bench.enrolled()
        let context = bench.token(of: "ada", steppedUp: true)
        bench.clock.advance(-Self.year)
        await expectFailure(.insufficientUserAuthentication) { try await bench.service.disable(context) }
        bench.clock.advance(Self.year - 60)
        _ = try await bench.service.disable(context)
    }

    @Test func `an enrolment that was begun in the future is begun anew`() async throws {
        let bench = try TestBench()
        _ = try await bench.service.enroll(bench.token(of: "ada"))
        bench.clock.advance(-Self.year)
        await expectFailure(.conflict) {
            try await bench.service.confirm(.init(otpCode: "000000"), bench.token(of: "ada"))
        }
        _ = try await bench.enrolled()
    }
}
