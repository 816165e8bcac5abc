// What a user's sessions were worth was said under the factor that they began under: when it changes, they end.

import Bus
import Contracts
import Secrets
import Testing

@testable import TwoFactor

@Suite struct SignOutTests {
    enum Change: String, CaseIterable, CustomTestStringConvertible {
        case enrolled, replaced, disabled, reset, recovered, newContact

        var testDescription: String { rawValue }
        /// Whether the session in which it happens stays.
        var keepsItsOwn: Bool { self != .reset }
    }

    private func make(_ change: Change, _ bench: TestBench) async throws {
        guard change != .enrolled else { return _ = try await bench.enrolled() }
        let (_, recovery) = try await bench.enrolled()
        await bench.tokens.forget()
        let fresh = bench.token(of: "ada", steppedUp: true)
        switch change {
        case .enrolled: break
        case .replaced:
            let secret = try await bench.service.enroll(fresh).secret
            _ = try await bench.service.confirm(.init(otpCode: bench.appCode(secret)), fresh)
        case .disabled: _ = try await bench.service.disable(fresh)
        case .reset: _ = try await reset(bench)
        case .recovered: _ = try await bench.verify(OTPCode(recovery[0]))
        case .newContact:
            _ = try await bench.service.contact(.init(email: "ada@example.org"), fresh)
            _ = try await bench.service.confirmContact(.init(otpCode: bench.sentCode()), fresh)
        }
    }

    private func reset(_ bench: TestBench) async throws -> Empty {
        try await bench.on(
            TwoFactorOperations.reset,
            KMS.UserName(username: try #require(KMS.Username("ada"))),
            as: "root",
            roles: ["admin"]
        )
    }

    private func isEnrolled(_ bench: TestBench) async throws -> Bool {
        try await bench.service.status(.init(username: "ada")).enrolled
    }

    @Test(arguments: StoreKind.allCases, Change.allCases)
    func `when a factor changes the sessions of before end`(kind: StoreKind, change: Change) async throws {
        let bench = try TestBench(kind)
        try await make(change, bench)
        let kept = change.keepsItsOwn ? KMS.session(ofTokenID: "jti-ada") : nil
        #expect(await bench.tokens.ended == [.init(user: "ada", kept: kept)])
        #expect(try await bench.store.signOuts().isEmpty)
        #expect(try await isEnrolled(bench) == ![.disabled, .reset].contains(change))
    }

    @Test(arguments: StoreKind.allCases)
    func `a code of the app changes nothing`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let (secret, _) = try await bench.enrolled()
        await bench.tokens.forget()
        _ = try await bench.verify(bench.appCode(secret))
        #expect(await bench.tokens.ended.isEmpty)
    }

    /// As if the process had died, or the KMS, between the change and the end of the sessions.
    @Test(arguments: StoreKind.allCases, [Change.reset, .disabled])
    func `until the sessions have ended nobody passes for a user without a factor`(kind: StoreKind, change: Change)
        async throws
    {
        let bench = try TestBench(kind)
        _ = try await bench.enrolled()
        await bench.tokens.forget()
        await bench.tokens.leave()
        let fresh = bench.token(of: "ada", steppedUp: true)
        let answer = await expectFailure(.unavailable) {
            change == .reset ? try await reset(bench) : try await bench.service.disable(fresh)
        }
        #expect(answer?.detail.contains("It is done") == true)
        #expect(try await isEnrolled(bench))
        // A session of before enrols no app of its own, and does not administrate.
        await expectFailure(.unavailable) { try await bench.service.enroll(bench.token(of: "ada")) }
        await expectFailure(.insufficientUserAuthentication) {
            try await bench.on(TwoFactorOperations.verifyAudit, Empty(), roles: ["admin"])
        }
        await #expect(throws: Failure.self) { try await bench.service.finishSignOuts() }
        #expect(try await bench.store.signOuts() == [AccountName("ada")])

        await bench.tokens.comeBack()
        try await bench.service.finishSignOuts()
        let kept = change.keepsItsOwn ? KMS.session(ofTokenID: "jti-ada") : nil
        #expect(await bench.tokens.ended == [.init(user: "ada", kept: kept)])
        #expect(try await !isEnrolled(bench))
        _ = try await bench.enrolled()
    }

    /// A thief's session has stepped up; the administrator's reset is done, and the KMS does not hear of it yet.
    @Test(arguments: StoreKind.allCases)
    func `a session that is to end does not spare itself`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        _ = try await bench.enrolled()
        await bench.tokens.forget()
        await bench.tokens.leave()
        await expectFailure(.unavailable) { try await reset(bench) }
        let thief = bench.token(of: "ada", steppedUp: true)
        let answer = await expectFailure(.unavailable) { try await bench.service.disable(thief) }
        #expect(answer?.detail.contains("It is done") == false)
        await bench.tokens.comeBack()
        try await bench.service.finishSignOuts()
        #expect(await bench.tokens.ended == [.init(user: "ada", kept: nil)])
    }

    @Test func `an administrator's reset ends the session that disabled the factor as well`() async throws {
        let bench = try TestBench()
        _ = try await bench.enrolled()
        await bench.tokens.forget()
        await bench.tokens.leave()
        await expectFailure(.unavailable) { try await bench.service.disable(bench.token(of: "ada", steppedUp: true)) }
        await expectFailure(.unavailable) { try await reset(bench) }
        await bench.tokens.comeBack()
        try await bench.service.finishSignOuts()
        #expect(await bench.tokens.ended == [.init(user: "ada", kept: nil)])
    }

    @Test func `what could not be ended can be asked for again`() async throws {
        let bench = try TestBench()
        _ = try await bench.enrolled()
        await bench.tokens.leave()
        await expectFailure(.unavailable) { try await reset(bench) }
        await bench.tokens.comeBack()
        _ = try await reset(bench)
        #expect(try await !isEnrolled(bench))
        await expectFailure(.twoFactorNotEnabled) { try await reset(bench) }
    }

    @Test(arguments: StoreKind.allCases)
    func `whose sign-out fails keeps nobody from theirs`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        for user in ["ada", "bob", "eve"] {
            let signOut = try bench.service.signOut(keeping: nil)
            try await bench.store.update(AccountName(user)) { $0.signOut = signOut }
        }
        await bench.tokens.leave("bob")
        await #expect(throws: Failure.self) { try await bench.service.finishSignOuts() }
        #expect(try await bench.store.signOuts() == [AccountName("bob")])
        #expect(Set(await bench.tokens.ended.map(\.user)) == ["ada", "eve"])
    }

    @Test func `recovery codes are shown although the KMS is away`() async throws {
        let bench = try TestBench()
        let secret = try await bench.service.enroll(bench.token(of: "ada")).secret
        await bench.tokens.leave()
        let confirmed = try await bench.service.confirm(.init(otpCode: bench.appCode(secret)), bench.token(of: "ada"))
        #expect(confirmed.recoveryCodes.count == 10)
        #expect(try await bench.store.signOuts() == [AccountName("ada")])
    }
}
