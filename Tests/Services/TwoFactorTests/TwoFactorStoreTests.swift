// What every store must do, asked of each of them; and what SQLite does beyond that.

import Audit
import Foundation
import OldDatabase
import Secrets
import Storage
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct TwoFactorStoreTests {
    struct Broken: Error {}

    static func authenticator(_ id: String, lastStep: Int64 = -1) -> Authenticator {
        Authenticator(id: id, sealedSecret: [1, 2, 3], createdAt: 17, lastStep: lastStep)
    }

    static func full() -> Account {
        var account = Account()
        account.active = authenticator("a", lastStep: 42)
        account.active?.algorithm = .sha512
        account.active?.digits = .eight
        account.pending = authenticator("b")
        account.recoveryHashes = [[1], [2, 3]]
        account.contact = .phone("+4930123456")
        account.challenges = [
            .login: Challenge(id: "c", codeHash: [9], contact: nil, sentAt: 9, expiresAt: 99, session: "s"),
            .contact: Challenge(id: "d", codeHash: [8], contact: .email("a@b.org"), sentAt: 10, expiresAt: 100),
        ]
        account.attempts = [
            .authenticator: AttemptBudget(guesses: 5, readyAt: 7), .delivered: AttemptBudget(guesses: 1),
            .knownAuthenticator: AttemptBudget(guesses: 2),
        ]
        account.knownSessions = ["z", "s"]
        account.usedSteps = [42]
        account.knownDeliveries = DeliveryBudget(lastAt: 6, dayStart: 5, sent: 4)
        account.signOut = SignOut(id: "o", kept: "s")
        account.deliveries = DeliveryBudget(lastAt: 5, dayStart: 4, sent: 3)
        return account
    }

    @Test(arguments: StoreKind.allCases)
    func `a user nobody knows is an empty account`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        // Its directory goes with it.
        defer { withExtendedLifetime(bench) {} }
        #expect(try await bench.store.account(of: AccountName("nobody")) == Account())
    }

    @Test(arguments: StoreKind.allCases)
    func `every part of an account is kept, and forgotten again`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        try await bench.store.update(AccountName("ada")) { $0 = Self.full() }
        #expect(try await bench.store.account(of: AccountName("ada")) == Self.full())
        #expect(try await bench.store.account(of: AccountName("eve")) == Account())
        try await bench.store.update(AccountName("ada")) { $0 = Account() }
        #expect(try await bench.store.account(of: AccountName("ada")) == Account())
    }

    @Test(arguments: StoreKind.allCases)
    func `a rule that throws changes nothing`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        try await bench.store.update(AccountName("ada")) { $0 = Self.full() }
        await #expect(throws: Broken.self) {
            try await bench.store.update(AccountName("ada")) { account in
                account = Account()
                throw Broken()
            }
        }
        #expect(try await bench.store.account(of: AccountName("ada")) == Self.full())
    }

    @Test(arguments: StoreKind.allCases)
    func `two hundred updates at once are all counted`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let outcomes = await bench.atOnce(200) { _ in
            try await bench.store.update(AccountName("ada")) { $0.deliveries.sent += 1 }
        }
        #expect(outcomes.allSatisfy { $0 == nil })
        #expect(try await bench.store.account(of: AccountName("ada")).deliveries.sent == 200)
    }

    @Test(arguments: StoreKind.allCases)
    func `names are compared byte by byte`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        try await bench.store.update(AccountName("jos\u{E9}")) { $0 = Self.full() }
        for name in ["jose\u{301}", "JOS\u{C9}", "jos\u{E9} "] {
            #expect(try await bench.store.account(of: AccountName(name)) == Account())
        }
    }

    /// The schema holds where the rules would not.
    @Test func `SQLite refuses a step that was used before, whatever the rules say`() async throws {
        let bench = try TestBench(.sqlite)
        let user = AccountName("ada")
        try await bench.store.update(user) { $0.active = Self.authenticator("a", lastStep: 42) }
        try await bench.store.update(user) { $0.active = Self.authenticator("a", lastStep: 41) }
        await #expect(throws: (any Error).self) {
            try await bench.store.update(user) { $0.active = Self.authenticator("a", lastStep: 42) }
        }
        #expect(try await bench.store.account(of: user).active?.lastStep == 41)
    }

    @Test func `SQLite keeps accounts beyond a restart`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "2fa-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let location = DatabaseLocation.file(directory.appending(path: "2fa.db").path)
        let first = try DatabaseTwoFactorStore(location)
        try await first.update(AccountName("ada")) { $0 = Self.full() }
        await first.close()
        #expect(try await DatabaseTwoFactorStore(location).account(of: AccountName("ada")) == Self.full())
    }

    /// After a busy day no one delivery takes out the addresses of all.
    @Test func `addresses whose day is over go a portion at a time, and count as gone before`() async throws {
        let store = try DurableStore(.memory, migrations: TwoFactorTables.migrations)
        let later: Int64 = 1_000_000
        try await store.write { transaction in
            for number in 1...60 {
                try DeliveryBudget(lastAt: 1, dayStart: 1, sent: 20).save(ofAddress: "a\(number)", in: transaction)
            }
            try DeliveryBudget(lastAt: later, dayStart: later, sent: 1).save(ofAddress: "b", in: transaction)
        }
        let (left, full) = try await store.read { transaction in
            let left = try transaction.row("SELECT count(*) FROM address_budget", []) { $0.int(0) }
            return (left, try DeliveryBudget(ofAddress: "b", in: transaction))
        }
        #expect(left == 11 && full.sent == 1)
        for number in 1...60 {
            var budget = try await store.read { try DeliveryBudget(ofAddress: "a\(number)", in: $0) }
            #expect(budget.claim(DeliveryPolicy(), now: later) == nil, "whether or not it is there")
        }
    }

    @Test func `a file that an earlier version wrote opens with all that is in it`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "2fa-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "2fa.db").path
        try OldDatabase.make(at: path)
        let store = try DatabaseTwoFactorStore(.file(path))
        let account = try await store.account(of: AccountName("ada"))
        #expect(account.pending?.id == "KM_6d4sTAn-atCcC2BbK4Q" && account.active?.lastStep == 42)
        #expect(account.active?.digits == .eight && account.usedSteps == [41, 42])
        #expect(account.contact == .email("ada@example.org") && account.knownSessions == ["z", "s"])
        #expect(account.challenges[.login]?.sentAt == 0 && account.challenges[.login]?.session == "s")
        #expect(account.attempts[.authenticator]?.guesses == 5 && account.deliveries.sent == 3)
        #expect(try await store.auditEntries(after: 0, limit: 10, .all).map(\.number) == [1, 2])
        await store.close()
    }
}
