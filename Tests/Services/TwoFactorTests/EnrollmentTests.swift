// From no factor to one, to another and to none again: from when each counts, what needs a fresh proof, and how the secret is kept.

import Bus
import Contracts
import Foundation
import QRCode
import Secrets
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct EnrollmentTests {
    let bench: TestBench

    init() throws { bench = try TestBench() }

    func isEnrolled(_ user: String = "ada") async throws -> Bool {
        try await bench.service.status(.init(username: user)).enrolled
    }

    @Test func `enrolling shows one secret in three spellings`() async throws {
        let shown = try await bench.service.enroll(bench.token(of: "ada lovelace"))
        #expect(Base32.decode(shown.secret)?.count == 20)
        let query = "secret=\(shown.secret)&issuer=FountainAI&algorithm=SHA1&digits=6&period=30"
        #expect(shown.otpauthURI == "otpauth://totp/FountainAI:ada%20lovelace?\(query)")
        #expect(shown.qrSVG == QRCode(shown.otpauthURI)?.svg)
    }

    @Test func `an enrolment counts once it is confirmed`() async throws {
        let secret = try await bench.service.enroll(bench.token(of: "ada")).secret
        #expect(try await isEnrolled() == false)
        await expectFailure(.twoFactorNotEnabled) { try await bench.generate() }
        await expectFailure(.twoFactorNotEnabled) { try await bench.verify(try bench.appCode(secret)) }
        _ = try await bench.service.confirm(.init(otpCode: try bench.appCode(secret)), bench.token(of: "ada"))
        #expect(try await isEnrolled())
    }

    @Test func `the code that confirmed is used up`() async throws {
        let secret = try await bench.service.enroll(bench.token(of: "ada")).secret
        let code = try bench.appCode(secret)
        _ = try await bench.service.confirm(.init(otpCode: code), bench.token(of: "ada"))
        await expectFailure(.otpRejected) { try await bench.verify(code) }
        bench.clock.advance(30)
        _ = try await bench.verify(try bench.appCode(secret))
    }

    @Test func `a wrong code confirms nothing`() async throws {
        let secret = try await bench.service.enroll(bench.token(of: "ada")).secret
        await expectFailure(.otpRejected) {
            try await bench.service.confirm(.init(otpCode: try bench.wrongCode(secret)), bench.token(of: "ada"))
        }
        #expect(try await isEnrolled() == false)
    }

    @Test func `without an enrolment there is nothing to confirm`() async throws {
        await expectFailure(.conflict) {
            try await bench.service.confirm(.init(otpCode: "123456"), bench.token(of: "ada"))
        }
    }

    @Test func `an enrolment waits an hour and no longer`() async throws {
        let secret = try await bench.service.enroll(bench.token(of: "ada")).secret
        bench.clock.advance(3_600)
        await expectFailure(.conflict) {
            try await bench.service.confirm(.init(otpCode: try bench.appCode(secret)), bench.token(of: "ada"))
        }
    }

    @Test func `a second enrolment ends the first`() async throws {
        let first = try await bench.service.enroll(bench.token(of: "ada")).secret
        let second = try await bench.service.enroll(bench.token(of: "ada")).secret
        await expectFailure(.otpRejected) {
            try await bench.service.confirm(.init(otpCode: try bench.appCode(first)), bench.token(of: "ada"))
        }
        _ = try await bench.service.confirm(.init(otpCode: try bench.appCode(second)), bench.token(of: "ada"))
    }

    @Test func `replacing and disabling ask for a fresh factor`() async throws {
        _ = try await bench.enrolled()
        let stale = bench.token(of: "ada", steppedUp: true, age: 601)
        for context in [bench.token(of: "ada"), stale] {
            await expectFailure(.insufficientUserAuthentication) { try await bench.service.enroll(context) }
            await expectFailure(.insufficientUserAuthentication) { try await bench.service.disable(context) }
            let failure = await expectFailure(.insufficientUserAuthentication) {
                try await bench.service.contact(.init(email: "ada@example.org"), context)
            }
            #expect(failure?.challenge?.maxAge == 600)
        }
        #expect(try await isEnrolled())
    }

    @Test func `the old factor works until the new one is confirmed, and not after`() async throws {
        let (old, oldRecovery) = try await bench.enrolled()
        let fresh = bench.token(of: "ada", steppedUp: true)
        let new = try await bench.service.enroll(fresh).secret
        _ = try await bench.verify(try bench.appCode(old))
        await expectFailure(.otpRejected) { try await bench.verify(try bench.appCode(new)) }
        _ = try await bench.service.confirm(.init(otpCode: try bench.appCode(new)), fresh)
        bench.clock.advance(30)
        await expectFailure(.otpRejected) { try await bench.verify(try bench.appCode(old)) }
        await expectFailure(.otpRejected) { try await bench.verify(OTPCode(oldRecovery[0])) }
        _ = try await bench.verify(try bench.appCode(new))
    }

    @Test func `an enrolment begun before another was confirmed needs a fresh factor to be confirmed`() async throws {
        _ = try await bench.enrolled()
        let stolen = try await bench.service.enroll(bench.token(of: "ada", steppedUp: true)).secret
        await expectFailure(.insufficientUserAuthentication) {
            try await bench.service.confirm(.init(otpCode: try bench.appCode(stolen)), bench.token(of: "ada"))
        }
    }

    @Test func `after disabling nothing of the factor is left, and the ledgers are`() async throws {
        let (secret, recovery) = try await bench.enrolled()
        _ = try await bench.generate()
        let sent = try await bench.sentCode()
        await expectFailure(.otpRejected) { try await bench.verify(try bench.wrongCode(secret)) }
        _ = try await bench.service.disable(bench.token(of: "ada", steppedUp: true))
        for code in [try bench.appCode(secret), sent, OTPCode(recovery[0])] {
            await expectFailure(.twoFactorNotEnabled) { try await bench.verify(code) }
        }
        await expectFailure(.twoFactorNotEnabled) {
            try await bench.service.disable(bench.token(of: "ada", steppedUp: true))
        }
        let account = try await bench.store.account(of: AccountName("ada"))
        #expect(account.attempts[.knownAuthenticator]?.guesses == 1)
        #expect(account.knownDeliveries.sent == 1)
    }

    @Test func `an API key cannot enrol, and a peer cannot enrol for a user`() async throws {
        await expectFailure(.forbidden) { try await bench.service.enroll(bench.token(of: "robot", kind: .apiKey)) }
        await expectFailure(.unauthenticated) { try await bench.service.enroll(bench.peer) }
    }

    @Test func `the secret is sealed at rest, for its user and authenticator only`() async throws {
        let (secret, recovery) = try await bench.enrolled()
        let account = try await bench.store.account(of: AccountName("ada"))
        let active = try #require(account.active)
        let bytes = try #require(Base32.decode(secret))
        #expect(try bench.service.vault.open(active, of: AccountName("ada")).bytes == bytes)
        #expect(throws: SealError.notAuthentic) { try bench.service.vault.open(active, of: AccountName("eve")) }
        let moved = Authenticator(id: "other", sealedSecret: active.sealedSecret, createdAt: 0)
        #expect(throws: SealError.notAuthentic) { try bench.service.vault.open(moved, of: AccountName("ada")) }
        #expect(Set(recovery).count == 10)
        #expect(account.recoveryHashes.allSatisfy { $0.count == 32 })
    }
}
