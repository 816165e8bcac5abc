// Secrets moved from one master key to another, in every store: all of them or none, and not under a keyring that is not the store's.

import Bus
import Contracts
import Secrets
import Testing

@testable import KeyManagement

@Suite struct RewrapTests {
    private func keyring(_ keys: MasterKey...) throws -> Keyring { try #require(Keyring(keys)) }

    @Test(arguments: Backend.allCases)
    func `everything sealed outlives the master key it was sealed under`(backend: Backend) async throws {
        let old = try MasterKey.generate(id: 1)
        let new = try MasterKey.generate(id: 2)
        let first = try TestKMS(backend, keyring: keyring(old))
        try await first.register("ada")
        let token = try await first.login("ada").refreshToken
        let successor = try await first.call(KMS.refresh, .init(refreshToken: token)).refreshToken
        let name = try #require(KMS.ServiceName("job"))
        let key = try await first.call(KMS.createKey, .init(serviceName: name)).apiKey

        let both = try first.restarted(with: keyring(old, new))
        #expect(try await both.call(KMS.verifyKey, .init(apiKey: key)).active)
        #expect(try await both.service.rewrap() == RewrapReport(signingKeys: 1, apiKeys: 1, refreshTokens: 1))
        #expect(try await both.service.rewrap() == RewrapReport(signingKeys: 0, apiKeys: 0, refreshTokens: 0))

        let last = try first.restarted(with: keyring(new))
        #expect(try await last.call(KMS.verifyKey, .init(apiKey: key)).serviceName == "job")
        #expect(try await last.call(KMS.refresh, .init(refreshToken: token)).refreshToken == successor)
        try await last.login("ada")
    }

    @Test(arguments: Backend.allCases)
    func `what is over is forgotten and not moved`(backend: Backend) async throws {
        let (old, new) = (try MasterKey.generate(id: 1), try MasterKey.generate(id: 2))
        let first = try TestKMS(backend, keyring: keyring(old))
        let root = try await first.admin()
        _ = try await first.call(
            KMS.createKey,
            .init(serviceName: try #require(KMS.ServiceName("job"))),
            as: root,
            key: "k"
        )
        var token = try await first.login("root").refreshToken
        for _ in 1...3 {
            token = try await first.call(KMS.refresh, .init(refreshToken: token)).refreshToken
            first.clock.advance(.seconds(11))
        }
        let last = try await first.call(KMS.refresh, .init(refreshToken: token)).refreshToken

        let both = try first.restarted(with: keyring(old, new))
        #expect(try await both.service.rewrap() == RewrapReport(signingKeys: 1, apiKeys: 1, refreshTokens: 1))
        let kept = try await first.store.read { (try $0.tokensWithSuccessor(), try $0.all(KeptReceipt.self)) }
        #expect(kept.0.map(\.id) == [Environment.digest(token)] && kept.1.isEmpty)
        #expect(try await both.call(KMS.refresh, .init(refreshToken: token)).refreshToken == last)
    }

    @Test(arguments: Backend.allCases)
    func `successors are forgotten page by page`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        try await kms.store.write { tables in
            let time = Timestamp(rawValue: 1_000)
            try tables.save(
                Account(id: "ada", passwordHash: "", roles: [], state: .active, createdAt: time)
            )
            try tables.save(Session(id: "s", username: "ada", amr: [], authenticatedAt: time, expiresAt: time))
            for (id, usedAt) in ["a": 9, "b": 10, "c": 20, "d": 21] {
                var token = RefreshToken(id: id, session: "s", expiresAt: time)
                (token.usedAt, token.successor) = (Timestamp(rawValue: usedAt), .init([1]))
                try tables.save(token)
            }
        }
        var last: String? = ""
        var pages: [String?] = []
        while let id = last {
            try Task.checkCancellation()
            let grace = Timestamp(rawValue: 10)...Timestamp(rawValue: 20)
            last = try await kms.store.write { try $0.forgetSuccessors(after: id, limit: 3, besides: grace) }
            pages.append(last)
        }
        #expect(pages == ["c", "d", nil])
        #expect(try await kms.store.read { try $0.tokensWithSuccessor() }.map(\.id) == ["b", "c"])
    }

    /// As if the process had died in between, at each write that a rewrap makes: nothing is moved, the old key opens all.
    @Test(arguments: Backend.allCases, 1...6)
    func `a rewrap that ends in the middle has moved nothing`(backend: Backend, end: Int) async throws {
        let (old, new) = (try MasterKey.generate(id: 1), try MasterKey.generate(id: 2))
        let first = try TestKMS(backend, keyring: keyring(old))
        try await first.register("ada")
        let token = try await first.login("ada").refreshToken
        let successor = try await first.call(KMS.refresh, .init(refreshToken: token)).refreshToken
        let key = try await first.call(KMS.createKey, .init(serviceName: try #require(KMS.ServiceName("job")))).apiKey
        let entries = try await first.audit().count

        let both = try first.restarted(with: keyring(old, new))
        await #expect(throws: FailingTables.PowerCut.self) {
            try await first.store.write { tables in
                try Rewrap(environment: both.environment).move(in: FailingTables(tables, at: end))
            }
        }
        #expect(try await first.audit().count == entries)
        #expect(try await first.call(KMS.verifyKey, .init(apiKey: key)).active)
        #expect(try await first.call(KMS.refresh, .init(refreshToken: token)).refreshToken == successor)
        #expect(try await both.service.rewrap() == RewrapReport(signingKeys: 1, apiKeys: 1, refreshTokens: 1))
    }

    @Test(arguments: Backend.allCases)
    func `a keyring that is not the store's is refused, and a rewrap makes its own the store's`(
        backend: Backend
    ) async throws {
        let (old, new, other) = (
            try MasterKey.generate(id: 1), try MasterKey.generate(id: 2), try MasterKey.generate(id: 1)
        )
        let first = try TestKMS(backend, keyring: keyring(old))
        for _ in 1...2 { try await first.service.claimStore(isShared: true) }
        let stranger = try first.restarted(with: keyring(other))
        await #expect(throws: KeyringRecord.Mismatch.different(1)) {
            try await stranger.service.claimStore(isShared: true)
        }
        let both = try first.restarted(with: keyring(old, new))
        await #expect(throws: KeyringRecord.Mismatch.notShared(2)) {
            try await both.service.claimStore(isShared: true)
        }
        _ = try await both.service.rewrap()
        try await both.service.claimStore(isShared: true)
        try await first.restarted(with: keyring(new)).service.claimStore(isShared: true)
        await #expect(throws: KeyringRecord.Mismatch.missing(2)) { try await first.service.claimStore(isShared: true) }
        #expect(try await first.store.keyringRecord() == KeyringRecord(newestOf: keyring(new)))
    }

    @Test func `without the old key what it sealed is an error, not a wrong answer`() async throws {
        let first = try TestKMS(keyring: keyring(try .generate(id: 1)))
        try await first.register("ada")
        try await first.login("ada")
        let other = try first.restarted(with: keyring(try .generate(id: 2)))
        await #expect(throws: SealError.unknownKey(id: 1)) { try await other.login("ada") }
    }
}
