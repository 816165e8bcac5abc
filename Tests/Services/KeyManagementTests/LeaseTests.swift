// What is taken away is taken away from everybody who holds it, before the answer; what takes nothing away waits for nobody.

import Bus
import Contracts
import Leases
import Logging
import Synchronization
import Testing

@testable import KeyManagement

@Suite(.timeLimit(.minutes(1))) struct LeaseTests {
    enum Way: CaseIterable, Sendable {
        case logout, logoutFromElsewhere, revokedToken, revokedUser, endedSessions, disabled, deleted, newRoles
        case newPassword, reused, revokedSigningKeys, rotated, rotatedWithOverlap, keyDeleted

        var isOfKey: Bool { [.rotated, .rotatedWithOverlap, .keyDeleted].contains(self) }
    }

    private struct Nobody: LeaseLedger {
        func longestLease() -> Duration { .zero }
        func record(longestLease: Duration) {}
    }

    let leases: Leases
    let kms: TestKMS

    init() async throws {
        leases = try await Leases.begin(
            term: "t",
            limits: .init(length: .seconds(600)),
            ledger: Nobody(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        kms = try TestKMS(leases: leases)
    }

    private func follow(_ applied: UInt64, term: String? = "t") async throws -> LeaseAnswer {
        try await kms.call(KMS.follow, LeaseRequest(holder: "gateway", term: term, applied: applied))
    }

    /// From now on every revocation waits for us.
    private func hold() async throws -> UInt64 { try await follow(0, term: nil).number }

    @Test(arguments: Way.allCases)
    func `it is answered when who holds it has heard of it, and not before`(way: Way) async throws {
        let root = try await kms.admin()
        try await kms.register("ada")
        let tokens = try await kms.login("ada")
        let ada = try Claims(token: tokens.accessToken).principal
        if way == .reused { _ = try await kms.call(KMS.refresh, .init(refreshToken: tokens.refreshToken)) }
        kms.clock.advance(.seconds(60))
        let key = try await kms.call(KMS.createKey, creation(), as: root)
        let standing = try await standing(way, ada, key.apiKey)
        let applied = try await hold()
        let isAnswered = Mutex(false)
        let revoking = Task {
            try await revoke(way, root, ada, tokens)
            isAnswered.withLock { $0 = true }
        }
        let news = try await follow(applied)
        #expect(news.number > standing.number)
        if let forget = news.forget {
            #expect(!Set(forget).isDisjoint(with: standing.grounds), "\(forget) \(standing.grounds)")
        }
        #expect(!isAnswered.withLock { $0 })
        let rest = Task { [kms] in
            var applied = news.number
            while true {
                applied = try await kms.call(
                    KMS.follow,
                    LeaseRequest(holder: "gateway", term: "t", applied: applied)
                ).number
            }
        }
        try await revoking.value
        rest.cancel()
    }

    private func creation() throws -> KMS.KeyCreation {
        KMS.KeyCreation(serviceName: try #require(KMS.ServiceName("job")))
    }

    private func standing(_ way: Way, _ ada: Principal, _ key: String) async throws -> Standing {
        guard !way.isOfKey else {
            return try #require(try await kms.call(KMS.verifyKey, .init(apiKey: key)).standing)
        }
        let now = kms.clock.now.seconds
        let token = KMS.TokenToCheck(
            jti: try #require(ada.tokenID),
            sub: "ada",
            kid: try await kms.signer(),
            iat: now,
            exp: now + 900,
            roles: ["user"]
        )
        return try #require(try await kms.call(KMS.checkToken, token).standing)
    }

    private func revoke(_ way: Way, _ root: Principal, _ ada: Principal, _ tokens: KMS.Tokens) async throws {
        let (name, job) = (try kms.name("ada"), try #require(KMS.ServiceName("job")))
        switch way {
        case .logout: _ = try await kms.call(KMS.logout, .init(), as: ada)
        case .logoutFromElsewhere: _ = try await kms.call(KMS.logout, .init(refreshToken: tokens.refreshToken))
        case .revokedToken: _ = try await kms.call(KMS.revokeTokens, .init(jti: ada.tokenID), as: root)
        case .revokedUser: _ = try await kms.call(KMS.revokeTokens, .init(username: name.username), as: root)
        case .endedSessions: _ = try await kms.call(KMS.endSessions, .init(username: name.username))
        case .disabled: _ = try await kms.call(KMS.disableUser, name, as: root)
        case .deleted: _ = try await kms.call(KMS.deleteUser, name, as: root)
        case .newRoles:
            let roles = try #require(KMS.Roles(["auditor"]))
            _ = try await kms.call(KMS.setRoles, .init(username: name.username, roles: roles), as: root)
        case .newPassword:
            // Another session of the same user: the one in which it happens stays.
            let other = try await kms.principal("ada")
            let change = KMS.PasswordChange(
                currentPassword: try #require(KMS.Password(TestKMS.password)),
                newPassword: try #require(KMS.NewPassword("another horse"))
            )
            _ = try await kms.call(KMS.changePassword, change, as: other)
        case .reused:
            #expect(
                try await kms.refusal(KMS.refresh, .init(refreshToken: tokens.refreshToken)) == KMS.invalidRefreshToken
            )
        case .revokedSigningKeys: _ = try await kms.call(KMS.rotateSigningKey, .init(revoke: true), as: root)
        case .rotated: _ = try await kms.call(KMS.rotateKey, .init(serviceName: job), as: root)
        case .rotatedWithOverlap:
            _ = try await kms.call(KMS.rotateKey, .init(serviceName: job, overlapSeconds: 30), as: root)
        case .keyDeleted: _ = try await kms.call(KMS.deleteKey, .init(serviceName: job), as: root)
        }
    }

    @Test func `what takes nothing away waits for nobody who holds something`() async throws {
        let root = try await kms.admin()
        _ = try await hold()
        let before = leases.moment
        try await kms.register("ada")
        let tokens = try await kms.login("ada")
        _ = try await kms.call(KMS.refresh, .init(refreshToken: tokens.refreshToken))
        let key = try await kms.call(KMS.createKey, creation(), as: root)
        #expect(try await kms.call(KMS.verifyKey, .init(apiKey: key.apiKey)).active)
        kms.clock.advance(.seconds(3_600))
        #expect(try await kms.call(KMS.verifyKey, .init(apiKey: key.apiKey)).active)
        #expect(before.standing(on: [], goodFor: .seconds(1)) == leases.moment.standing(on: [], goodFor: .seconds(1)))
    }

    @Test func `a revocation that waits holds no other call up`() async throws {
        try await kms.register("ada")
        let ada = try await kms.principal("ada")
        _ = try await hold()
        let waiting = Task { try await kms.call(KMS.logout, .init(), as: ada) }
        // It is committed, and waits.
        while try await kms.isActive(ada) {
            try Task.checkCancellation()
            await Task.yield()
        }
        try await kms.register("eve")
        try await kms.login("eve")
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func `one that finds it done already waits for the one that did it`() async throws {
        try await kms.register("ada")
        let ada = try await kms.principal("ada")
        let applied = try await hold()
        let first = Task { try await kms.call(KMS.logout, .init(), as: ada) }
        let news = try await follow(applied)
        let isAnswered = Mutex(false)
        let second = Task {
            _ = try await kms.call(KMS.logout, .init(), as: ada)
            isAnswered.withLock { $0 = true }
        }
        // Two log-outs are on record: the second one has found nothing to do.
        while try await kms.audit().count(where: { $0.contains("kms.logout") }) < 2 {
            try Task.checkCancellation()
            await Task.yield()
        }
        #expect(!isAnswered.withLock { $0 })
        let rest = Task { try await follow(news.number) }
        _ = try await first.value
        try await second.value
        rest.cancel()
    }

    @Test func `a verdict on a key is good until its next use has to be noted, and until the key ends`() async throws {
        let root = try await kms.admin()
        let job = try #require(KMS.ServiceName("job"))
        let key = try await kms.call(KMS.createKey, .init(serviceName: job, expiresIn: 100), as: root)
        func good() async throws -> Int? {
            try await kms.call(KMS.verifyKey, .init(apiKey: key.apiKey)).standing?.milliseconds
        }
        #expect(try await good() == 60_000)
        kms.clock.advance(.seconds(20))
        #expect(try await good() == 40_000)
        kms.clock.advance(.seconds(50))
        #expect(try await good() == 30_000, "the key has as long to live")
        let shown = try await kms.call(KMS.showKey, .init(serviceName: job), as: root)
        #expect(shown.lastUsedAt == kms.clock.now.seconds)
    }

    @Test func `more sessions than can be named are named by their user`() async throws {
        try await kms.register("ada")
        for _ in 0..<17 { try await kms.login("ada") }
        let name = try kms.name("ada").username
        let applied = try await hold()
        let ending = Task { try await kms.call(KMS.endSessions, .init(username: name)) }
        #expect(try await follow(applied).forget == ["user/ada"])
        ending.cancel()
    }

    @Test(arguments: [Backend.sqlite, .remembering, .postgreSQL])
    func `a store keeps how long leases may be`(backend: Backend) async throws {
        let kept = try TestKMS(backend)
        let ledger = StoreLedger(kept.store)
        #expect(try await ledger.longestLease() == .zero)
        for length in [2_000, 500, 0] {
            try await ledger.record(longestLease: .milliseconds(length))
            #expect(try await ledger.longestLease() == .milliseconds(length))
        }
        await kept.store.close()
    }
}
