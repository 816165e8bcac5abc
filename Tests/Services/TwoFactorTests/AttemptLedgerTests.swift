// What guessing costs: on every route, in every store, one after the other and fifty at once.

import Bus
import Contracts
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct AttemptLedgerTests {
    @Test(arguments: StoreKind.allCases)
    func `of fifty wrong codes at once five are compared`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let (secret, _) = try await bench.enrolled()
        let wrong = try bench.wrongCode(secret)
        let outcomes = await bench.atOnce(50) { _ in _ = try await bench.verify(wrong) }
        #expect(outcomes.count { $0 == .otpRejected } == 5)
        #expect(outcomes.count { $0 == .tooManyRequests } == 45)
    }

    /// The evidence that the test above can fail: a store that reads and writes in two steps lets all fifty through.
    @Test func `a store that is not atomic would let all fifty be compared`() async throws {
        let store = RacyStore()
        let bench = try TestBench { _ in store }
        let (secret, _) = try await bench.enrolled()
        let wrong = try bench.wrongCode(secret)
        await store.race(50)
        let outcomes = await bench.atOnce(50) { _ in _ = try await bench.verify(wrong) }
        #expect(outcomes.count { $0 == .otpRejected } == 50)
    }

    @Test(arguments: StoreKind.allCases)
    func `the same code twenty times at once succeeds once`(kind: StoreKind) async throws {
        let bench = try TestBench(kind, .patient)
        let (secret, recovery) = try await bench.enrolled()
        _ = try await bench.generate()
        for code in [try bench.appCode(secret), try await bench.sentCode(), OTPCode(recovery[0])] {
            let outcomes = await bench.atOnce(20) { _ in _ = try await bench.verify(code) }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == .otpRejected } == 19)
        }
        #expect(await bench.tokens.requests.count == 3)
    }

    @Test(arguments: StoreKind.allCases)
    func `one enrolment confirmed twenty times at once shows recovery codes once`(kind: StoreKind) async throws {
        let bench = try TestBench(kind, .patient)
        let secret = try await bench.service.enroll(bench.token(of: "ada")).secret
        let code = try bench.appCode(secret)
        let outcomes = await bench.atOnce(20) { _ in
            _ = try await bench.service.confirm(.init(otpCode: code), bench.token(of: "ada"))
        }
        #expect(outcomes.count { $0 == nil } == 1)
    }

    @Test func `after five wrong codes even the right one waits, and the wait ends by itself`() async throws {
        let bench = try TestBench()
        let (secret, _) = try await bench.enrolled()
        for _ in 0..<5 { await expectFailure(.otpRejected) { try await bench.verify(try bench.wrongCode(secret)) } }
        let failure = await expectFailure(.tooManyRequests) { try await bench.verify(try bench.appCode(secret)) }
        #expect(failure?.retryAfter == 30)
        bench.clock.advance(29)
        await expectFailure(.tooManyRequests) { try await bench.verify(try bench.appCode(secret)) }
        bench.clock.advance(1)
        _ = try await bench.verify(try bench.appCode(secret))
    }

    @Test func `success gives the budget back`() async throws {
        let bench = try TestBench()
        let (secret, _) = try await bench.enrolled()
        for _ in 0..<3 {
            for _ in 0..<4 { await expectFailure(.otpRejected) { try await bench.verify(try bench.wrongCode(secret)) } }
            _ = try await bench.verify(try bench.appCode(secret))
            bench.clock.advance(30)
        }
    }

    @Test func `codes of the app and recovery codes share one budget`() async throws {
        let bench = try TestBench()
        let (secret, _) = try await bench.enrolled()
        let recovery = OTPCode(RecoveryCode(bytes: [UInt8](repeating: 7, count: 15)).text)
        var compared = 0
        for number in 0..<20 {
            do {
                _ = try await bench.verify(number.isMultiple(of: 2) ? recovery : try bench.wrongCode(secret))
            } catch let failure as Failure where failure.code == .otpRejected { compared += 1 } catch is Failure {}
        }
        #expect(compared == 5)
    }

    @Test func `logging in and confirming another app share one budget`() async throws {
        let bench = try TestBench()
        let (old, _) = try await bench.enrolled()
        let fresh = bench.token(of: "ada", steppedUp: true)
        let new = try await bench.service.enroll(fresh).secret
        let known = try (-2...2).flatMap { [try bench.appCode(old, periods: $0), try bench.appCode(new, periods: $0)] }
        let digits = (0...9).map { String(repeating: "\($0)", count: 6) }
        let wrong = OTPCode(try #require(digits.first { digits in !known.contains { $0.text == digits } }))
        let outcomes = await bench.atOnce(20) { number in
            if number.isMultiple(of: 2) {
                _ = try await bench.verify(wrong)
            } else {
                _ = try await bench.service.confirm(.init(otpCode: wrong), fresh)
            }
        }
        #expect(outcomes.count { $0 == .otpRejected } == 5)
    }

    @Test func `a guess is charged to each factor it is compared with, and a new code refills nothing`() async throws {
        let bench = try TestBench()
        let (secret, _) = try await bench.enrolled()
        for guesses in [3, 2] {
            bench.clock.advance(30)
            _ = try await bench.generate()
            for _ in 0..<guesses {
                await expectFailure(.otpRejected) { try await bench.verify(try bench.wrongCode(secret)) }
            }
        }
        let account = try await bench.store.account(of: AccountName("ada"))
        #expect(account.attempts[.knownAuthenticator]?.guesses == 5)
        #expect(account.attempts[.knownDelivered]?.guesses == 5)
        await expectFailure(.tooManyRequests) { try await bench.verify(try bench.appCode(secret)) }
    }

    @Test func `success resets its own factor and gives the other this one guess back`() async throws {
        let bench = try TestBench()
        let (secret, _) = try await bench.enrolled()
        for _ in 0..<2 { await expectFailure(.otpRejected) { try await bench.verify(try bench.wrongCode(secret)) } }
        _ = try await bench.generate()
        _ = try await bench.verify(try await bench.sentCode())
        let account = try await bench.store.account(of: AccountName("ada"))
        #expect(account.attempts == [.knownAuthenticator: AttemptBudget(guesses: 2, readyAt: 0)])
    }

    @Test func `a factor whose budget is used up leaves the other open`() async throws {
        let bench = try TestBench()
        let (secret, _) = try await bench.enrolled()
        for _ in 0..<5 { await expectFailure(.otpRejected) { try await bench.verify(try bench.wrongCode(secret)) } }
        _ = try await bench.generate()
        _ = try await bench.verify(try await bench.sentCode())
    }

    @Test func `the waits double up to an hour`() {
        let policy = AttemptPolicy()
        #expect((4...14).map(policy.wait(after:)) == [0, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600])
        #expect(policy.wait(after: .max) == 3_600)
    }
}

extension TwoFactorConfiguration {
    /// More guesses than any test makes, so that it is not the budget that stops them.
    static var patient: Self {
        var configuration = Self()
        configuration.attempts.free = 1_000
        return configuration
    }
}
