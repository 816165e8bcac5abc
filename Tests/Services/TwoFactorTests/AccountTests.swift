// The rules by themselves: what became of an account between a claim and what follows it.

import Testing

@testable import TwoFactor

@Suite struct AccountTests {
    static func authenticator(_ id: String) -> Authenticator {
        Authenticator(id: id, sealedSecret: [], createdAt: 0)
    }

    static func challenge(_ id: String, expiresAt: Int64 = 100) -> Challenge {
        Challenge(id: id, codeHash: [], contact: nil, sentAt: 0, expiresAt: expiresAt)
    }

    static func enabled() -> Account {
        var account = Account()
        account.active = authenticator("old")
        account.challenges = [.login: challenge("sent"), .contact: challenge("sent too")]
        account.recoveryHashes = [[1]]
        return account
    }

    @Test(arguments: [nil, "another"] as [String?])
    func `an enrolment does not begin beside a factor that its caller has not seen`(seen: String?) {
        var account = Self.enabled()
        let isBegun = account.begin(Self.authenticator("new"), replacing: seen)
        #expect(!isBegun)
        #expect(account == Self.enabled())
    }

    @Test func `an enrolment that another has replaced cannot be confirmed`() {
        var account = Account()
        account.pending = Self.authenticator("second")
        let before = account
        let isActive = account.activate("first", step: 1, recoveryHashes: [], replacing: nil)
        #expect(!isActive)
        #expect(account == before)
    }

    @Test func `an enrolment cannot be confirmed over a factor that its caller has not seen`() {
        var account = Self.enabled()
        account.pending = Self.authenticator("new")
        let before = account
        let isActive = account.activate("new", step: 1, recoveryHashes: [], replacing: nil)
        #expect(!isActive)
        #expect(account == before)
    }

    /// Also where its caller has not seen that, on a host that has been replaced, or a moment too soon.
    @Test func `while sessions have yet to end a user without a factor gets none`() {
        var account = Account()
        account.pending = Self.authenticator("pending")
        account.signOut = SignOut(id: "o", kept: nil)
        let before = account
        let isBegun = account.begin(Self.authenticator("new"), replacing: nil)
        let isActive = account.activate("pending", step: 1, recoveryHashes: [], replacing: nil)
        #expect(!isBegun && !isActive)
        #expect(account == before)
    }

    @Test func `with a factor go its recovery codes and the codes that were sent`() {
        var replaced = Self.enabled()
        replaced.pending = Self.authenticator("new")
        let isActive = replaced.activate("new", step: 7, recoveryHashes: [[2]], replacing: "old")
        #expect(isActive)
        #expect(replaced.challenges.isEmpty)
        #expect(replaced.recoveryHashes == [[2]])
        #expect(replaced.active?.lastStep == 7)

        var disabled = Self.enabled()
        let isDisabled = disabled.disable()
        #expect(isDisabled)
        #expect(disabled == Account())
    }

    @Test(
        arguments: [
            (Match.challenge(.login, id: "sent"), 99, true), (.challenge(.login, id: "sent"), 100, false),
            (.challenge(.login, id: "the one before"), 0, false), (.challenge(.contact, id: "sent"), 0, false),
            (.recovery(hash: [1]), 0, true), (.recovery(hash: [2]), 0, false),
            (.step(authenticator: "old", 0), 0, true), (.step(authenticator: "old", -1), 0, false),
            (.step(authenticator: "new", 5), 0, false),
        ] as [(Match, Int64, Bool)]
    )
    func `what matched is used up once, if it is still there`(match: Match, now: Int64, isGood: Bool) {
        var account = Self.enabled()
        var spent: [Bool] = []
        for _ in 0..<2 { spent.append(account.spend(match, charged: [], AttemptPolicy(), now: now)) }
        #expect(spent == [isGood, false])
    }
}
