// That somebody has no second factor is taken away from whoever holds it before an enrolment is answered; nothing else waits.

import Foundation
import Leases
import Logging
import Synchronization
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct LeasedTwoFactorStoreTests {
    private struct Broken: Error {}

    private let base = MemoryTwoFactorStore()
    private let leases: Leases
    private let store: LeasedTwoFactorStore
    private let ada = AccountName("ada")

    init() async throws {
        leases = try await Leases.begin(
            term: "t",
            limits: .init(length: .seconds(600)),
            ledger: TwoFactorLedger(base),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        store = LeasedTwoFactorStore(store: base, leases: leases)
    }

    /// From now on each enrolment waits for us.
    private func hold() async throws -> LeaseAnswer {
        try await leases.follow(LeaseRequest(holder: "gateway", term: nil, applied: 0))
    }

    private func follow(_ applied: UInt64) async throws -> LeaseAnswer {
        try await leases.follow(LeaseRequest(holder: "gateway", term: "t", applied: applied))
    }

    private func enrol(_ id: String = "a") async throws {
        try await store.update(ada) { $0.active = TwoFactorStoreTests.authenticator(id) }
    }

    @Test func `an enrolment is answered when who holds that there is none has heard of it, and not before`()
        async throws
    {
        _ = try await hold()
        let isAnswered = Mutex(false)
        let enrolling = Task {
            try await enrol()
            isAnswered.withLock { $0 = true }
        }
        #expect(try await follow(0).forget == ["user/ada"])
        #expect(await base.account(of: ada).isEnrolled)
        #expect(!isAnswered.withLock { $0 })
        let rest = Task { try await follow(1) }
        try await enrolling.value
        rest.cancel()
    }

    @Test func `sessions that have to end count as a factor`() async throws {
        _ = try await hold()
        let signingOut = Task { try await store.update(ada) { $0.signOut = SignOut(id: "o", kept: nil) } }
        #expect(try await follow(0).forget == ["user/ada"])
        signingOut.cancel()
    }

    @Test func `what leaves a user as he was, or without a factor, waits for nobody`() async throws {
        try await enrol()
        _ = try await hold()
        let before = leases.moment
        try await enrol("b")
        try await store.update(ada) { $0.contact = .phone("+4930123456") }
        try await store.update(ada) { $0 = Account() }
        try await store.update(AccountName("eve")) { $0.attempts = [.authenticator: AttemptBudget(guesses: 1)] }
        #expect(leases.moment.standing(on: [], goodFor: .seconds(1)) == before.standing(on: [], goodFor: .seconds(1)))
    }

    @Test func `a rule that throws takes nothing away`() async throws {
        _ = try await hold()
        await #expect(throws: Broken.self) {
            try await store.update(ada) { account in
                account.active = TwoFactorStoreTests.authenticator("a")
                throw Broken()
            }
        }
        #expect(leases.moment.standing(on: [], goodFor: .seconds(1))?.number == 0)
    }

    /// What became of its transaction may not be known.
    @Test func `an enrolment whose transaction fails is taken for one that went through`() async throws {
        let receipt = Receipt(id: "r", sealed: .init(), keptAt: 1)
        try await store.record(AccountName("eve")) { _, entries in entries.receipt = receipt }
        _ = try await hold()
        let enrolling = Task {
            try await store.record(ada) { account, entries in
                account.active = TwoFactorStoreTests.authenticator("a")
                entries.receipt = receipt
            }
        }
        #expect(try await follow(0).forget == ["user/ada"])
        let rest = Task { try await follow(1) }
        await #expect(throws: Receipt.Taken.self) { try await enrolling.value }
        rest.cancel()
    }

    @Test func `who gives up waiting is not told that it is done`() async throws {
        _ = try await hold()
        let enrolling = Task { try await enrol() }
        _ = try await follow(0)
        enrolling.cancel()
        await #expect(throws: CancellationError.self) { try await enrolling.value }
    }

    @Test(arguments: StoreKind.allCases)
    func `a store keeps how long leases may be`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let ledger = TwoFactorLedger(bench.store)
        #expect(try await ledger.longestLease() == .zero)
        for length in [2_000, 500, 0] {
            try await ledger.record(longestLease: .milliseconds(length))
            #expect(try await ledger.longestLease() == .milliseconds(length))
        }
    }
}
