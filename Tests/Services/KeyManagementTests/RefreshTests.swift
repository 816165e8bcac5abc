// Refresh tokens: one successor each, a lost answer given again for a while, and a session that ends where one comes too late.

import Bus
import Contracts
import Foundation
import Testing

@testable import KeyManagement

@Suite struct RefreshTests {
    let kms: TestKMS

    init() throws { kms = try TestKMS() }

    private func refresh(_ token: String) async throws -> KMS.Tokens {
        try await kms.call(KMS.refresh, .init(refreshToken: token))
    }

    private func refusal(_ token: String) async throws -> ErrorCode? {
        try await kms.refusal(KMS.refresh, .init(refreshToken: token))
    }

    @Test func `a refresh brings new tokens of the same session`() async throws {
        try await kms.register("ada")
        let first = try await kms.login("ada")
        kms.clock.advance(.seconds(600))
        let second = try await refresh(first.refreshToken)
        #expect(second.refreshToken != first.refreshToken)
        let (before, after) = (try Claims(token: first.accessToken), try Claims(token: second.accessToken))
        #expect(after.sub == "ada" && after.exp == before.exp + 600)
        #expect(after.auth_time == before.auth_time)
        #expect(KMS.session(ofTokenID: after.jti) == KMS.session(ofTokenID: before.jti))
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backend.allCases)
    func `fifty parallel refreshes of one token have one successor`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        try await kms.register("ada")
        let token = try await kms.login("ada").refreshToken
        let successors = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 {
                group.addTask { try await kms.call(KMS.refresh, .init(refreshToken: token)).refreshToken }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(successors.count == 1)
        #expect(try await kms.store.read { try $0.all(RefreshToken.self) }.count == 2)
    }

    @Test func `a lost answer is given again within the grace`() async throws {
        try await kms.register("ada")
        let token = try await kms.login("ada").refreshToken
        let successor = try await refresh(token).refreshToken
        kms.clock.advance(.milliseconds(9_999))
        #expect(try await refresh(token).refreshToken == successor)
        _ = try await refresh(successor)
    }

    @Test func `a spent token that comes later kills the session`() async throws {
        try await kms.register("ada")
        let login = try await kms.login("ada")
        let successor = try await refresh(login.refreshToken)
        kms.clock.advance(.seconds(10))
        #expect(try await refusal(login.refreshToken) == KMS.invalidRefreshToken)
        #expect(try await refusal(successor.refreshToken) == KMS.invalidRefreshToken)
        #expect(try await !kms.isActive(try Claims(token: successor.accessToken).principal))
        let session = try await kms.store.read { try $0.all(Session.self) }.first
        #expect(session?.ended == .reuse)
    }

    @Test func `a session ends at its age, however often refreshed`() async throws {
        try await kms.register("ada")
        var token = try await kms.login("ada").refreshToken
        for _ in 1...29 {
            kms.clock.advance(.seconds(86_400))
            token = try await refresh(token).refreshToken
        }
        kms.clock.advance(.seconds(86_400 - 60))
        let last = try await refresh(token)
        #expect(last.expiresIn == 60)
        kms.clock.advance(.seconds(60))
        #expect(try await refusal(last.refreshToken) == KMS.invalidRefreshToken)
        // The next login sweeps it out.
        try await kms.login("ada")
        #expect(try await kms.store.read { try $0.all(RefreshToken.self) }.count == 1)
    }

    /// A sweep takes some at a time: what has expired may be there still.
    @Test func `a token that has expired is none, whether or not it was swept`() async throws {
        try await kms.register("ada")
        let token = try await kms.login("ada").refreshToken
        let clock = kms.clock
        try await kms.store.write { tables in
            for var stored in try tables.all(RefreshToken.self) {
                stored.expiresAt = clock.now
                try tables.save(stored)
            }
            for number in 0..<RecordStatements.portion {
                let (id, end) = ("old \(number)", Timestamp(rawValue: number))
                try tables.save(RefreshToken(id: id, session: "gone", expiresAt: end))
            }
        }
        #expect(try await refusal(token) == KMS.invalidRefreshToken)
        #expect(try await kms.store.read { try $0.all(RefreshToken.self) }.count == 1)
    }

    @Test func `logging out ends the session and no other`() async throws {
        try await kms.register("ada")
        let (here, elsewhere) = (try await kms.login("ada"), try await kms.login("ada"))
        _ = try await kms.call(KMS.logout, .init(), as: try Claims(token: here.accessToken).principal)
        #expect(try await refusal(here.refreshToken) == KMS.invalidRefreshToken)
        #expect(try await !kms.isActive(try Claims(token: here.accessToken).principal))
        #expect(try await refusal(elsewhere.refreshToken) == nil)
    }

    @Test func `a refresh token alone ends its session, also one that was spent, and as often as asked`() async throws {
        try await kms.register("ada")
        let (here, elsewhere) = (try await kms.login("ada"), try await kms.login("ada"))
        let next = try await refresh(here.refreshToken)
        for token in [here.refreshToken, next.refreshToken, next.refreshToken] {
            _ = try await kms.call(KMS.logout, .init(refreshToken: token))
        }
        #expect(try await !kms.isActive(try Claims(token: next.accessToken).principal))
        #expect(try await refusal(elsewhere.refreshToken) == nil)
        #expect(try await kms.audit().contains("kms.logout ada ok"))
    }

    @Test func `a log-out that says no session, or nobody's, is refused`() async throws {
        #expect(try await kms.refusal(KMS.logout, .init()) == .unauthenticated)
        #expect(try await kms.refusal(KMS.logout, .init(refreshToken: "made up")) == KMS.invalidRefreshToken)
    }

    @Test func `whoever holds no more than an ended token logs its session out`() async throws {
        try await kms.register("ada")
        let tokens = try await kms.login("ada")
        let claims = try Claims(token: tokens.accessToken)
        let holder = Principal(kind: .user, subject: "ada", roles: [], tokenID: claims.jti)
        for _ in 1...2 { _ = try await kms.call(KMS.logout, .init(), as: holder) }
        #expect(try await refusal(tokens.refreshToken) == KMS.invalidRefreshToken)
    }

    @Test func `nobody logs another user out`() async throws {
        for name in ["ada", "eve"] { try await kms.register(name) }
        let victim = try await kms.login("ada")
        _ = try await kms.call(KMS.logout, .init(refreshToken: victim.refreshToken), as: try await kms.principal("eve"))
        #expect(try await refusal(victim.refreshToken) == nil)
    }

    @Test(arguments: ["", "made up", "eyJhbGciOiJub25lIn0.e30."])
    func `what is no refresh token is refused`(token: String) async throws {
        #expect(try await refusal(token) == KMS.invalidRefreshToken)
    }

    @Test func `an access token is no refresh token`() async throws {
        try await kms.register("ada")
        #expect(try await refusal(try await kms.login("ada").accessToken) == KMS.invalidRefreshToken)
    }

    @Test func `tokens lie hashed and sealed in the store`() async throws {
        try await kms.register("ada")
        let token = try await kms.login("ada").refreshToken
        let successor = try await refresh(token).refreshToken
        for stored in try await kms.store.read({ try $0.all(RefreshToken.self) }) {
            #expect(stored.id != token && stored.id != successor)
            #expect(stored.successor.map { $0.range(of: Data(successor.utf8)) == nil } ?? true)
        }
    }
}
