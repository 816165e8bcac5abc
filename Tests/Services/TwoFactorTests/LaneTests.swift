// Who has only the password cannot keep the owner out, nor use what the owner asked for.

import Audit
import Bus
import Contracts
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct LaneTests {
    private func login(_ session: String) -> CallContext {
        let principal = Principal(kind: .user, subject: "ada", roles: ["user"], amr: ["pwd"], tokenID: "\(session).1")
        return CallContext(operation: "2fa.verify", principal: principal)
    }

    @Test(arguments: StoreKind.allCases)
    func `a stranger who goes on guessing does not stop a session where a code was verified before`(
        kind: StoreKind
    ) async throws {
        let bench = try TestBench(kind)
        let (secret, _) = try await bench.enrolled()
        _ = try await bench.service.verify(.init(otpCode: try bench.appCode(secret)), login("home"))
        for _ in 0..<20 {
            bench.clock.advance(3_600)
            let wrong = TwoFactorOperations.VerifyRequest(otpCode: try bench.wrongCode(secret))
            while (try? await bench.service.verify(wrong, login("stranger"))) == nil {
                let known = try await bench.store.account(of: AccountName("ada")).attempts[.authenticator]
                if known.map({ $0.readyAt > bench.clock.now }) ?? false { break }
            }
            let right = TwoFactorOperations.VerifyRequest(otpCode: try bench.appCode(secret))
            await expectFailure(.tooManyRequests) { try await bench.service.verify(right, login("elsewhere")) }
            // Another token of the same session: a refresh keeps the lane.
            _ = try await bench.service.verify(right, login("home"))
        }
    }

    @Test func `the lane of known sessions has one budget, however many there are`() async throws {
        let bench = try TestBench()
        let (secret, _) = try await bench.enrolled()
        for session in 0..<4 {
            _ = try await bench.service.verify(.init(otpCode: try bench.appCode(secret)), login("s\(session)"))
            bench.clock.advance(30)
        }
        let wrong = TwoFactorOperations.VerifyRequest(otpCode: try bench.wrongCode(secret))
        let outcomes = await bench.atOnce(40) { _ = try await bench.service.verify(wrong, login("s\($0 % 4)")) }
        #expect(outcomes.count { $0 == .otpRejected } == 5)
    }

    @Test func `a wrong code makes no session known, and disabling forgets all`() async throws {
        let bench = try TestBench()
        let (secret, _) = try await bench.enrolled()
        let wrong = TwoFactorOperations.VerifyRequest(otpCode: try bench.wrongCode(secret))
        await expectFailure(.otpRejected) { try await bench.service.verify(wrong, login("stranger")) }
        #expect(try await bench.store.account(of: AccountName("ada")).knownSessions == ["jti-ada"])
        _ = try await bench.service.disable(bench.token(of: "ada", steppedUp: true))
        #expect(try await bench.store.account(of: AccountName("ada")).knownSessions.isEmpty)
    }

    @Test func `sixteen sessions are known, the latest`() {
        var account = Account()
        for number in 0..<40 { account.know("s\(number)") }
        account.know("s30")
        #expect(account.knownSessions.count == 16)
        #expect(account.knownSessions.first == "s24" && account.knownSessions.last == "s30")
    }

    @Test func `a sent code counts in the session that asked for it and in no other`() async throws {
        let bench = try TestBench()
        _ = try await bench.enrolled()
        _ = try await bench.service.generate(.init(), login("home"))
        let request = TwoFactorOperations.VerifyRequest(otpCode: try await bench.sentCode())
        await expectFailure(.otpRejected) { try await bench.service.verify(request, login("stranger")) }
        let account = try await bench.store.account(of: AccountName("ada"))
        #expect(account.attempts[.delivered] == nil, "a guess is not charged to what it is not compared with")
        _ = try await bench.service.verify(request, login("home"))
    }
}
