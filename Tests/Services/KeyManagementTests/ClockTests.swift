// The wall clock is put right: what was written while it was ahead must neither lock anybody out nor last any longer for it.

import Bus
import Contracts
import Secrets
import Testing

@testable import KeyManagement

@Suite struct ClockTests {
    private static let year = Duration.seconds(366 * 86_400)
    private let master: Keyring
    private let kms: TestKMS

    init() throws {
        master = try .ephemeral()
        kms = try TestKMS(.sqlite, keyring: master)
    }

    @Test(arguments: [false, true], [Duration.seconds(120), .seconds(3600), year])
    func `who logs in after a first start with the clock ahead is let in`(isRestarted: Bool, ahead: Duration)
        async throws
    {
        try await kms.register("ada")
        try await kms.login("ada")
        kms.clock.advance(.zero - ahead)
        let service = isRestarted ? try kms.restarted(with: master) : kms
        #expect(try await service.isActive(try await service.principal("ada")))
        // And the keys go on as if they had been made now.
        kms.clock.advance(.seconds(30 * 86_400 + 400))
        #expect(try await service.call(KMS.jwks, Empty()).keys.count == 2)
        kms.clock.advance(.seconds(300))
        #expect(try await service.isActive(try await service.principal("ada")))
    }

    @Test func `a key that was retired does not come back, wherever the clock goes`() async throws {
        try await kms.register("ada")
        try await kms.login("ada")
        let old = try await kms.signer()
        _ = try await kms.call(KMS.rotateSigningKey, .init())
        kms.clock.advance(.seconds(301))
        try await kms.login("ada")
        for step in [Duration.seconds(-60), .seconds(-3600), .zero - Self.year, Self.year + Self.year] {
            kms.clock.advance(step)
            try await kms.login("ada")
            #expect(try await kms.signer() != old)
        }
    }

    @Test func `a retired key is gone one token's life after the clock was put right`() async throws {
        try await kms.register("ada")
        try await kms.login("ada")
        let old = try await kms.signer()
        _ = try await kms.call(KMS.rotateSigningKey, .init())
        kms.clock.advance(.seconds(301))
        try await kms.login("ada")
        kms.clock.advance(.zero - Self.year)
        #expect(try await kms.call(KMS.jwks, Empty()).keys.map(\.kid).contains(old))
        kms.clock.advance(.seconds(900))
        #expect(try await !kms.call(KMS.jwks, Empty()).keys.map(\.kid).contains(old))
    }

    @Test func `a wait is never longer than its rule gives`() async throws {
        try await kms.register("ada")
        for _ in 1...6 {
            _ = try await kms.refusal(KMS.login, kms.credentials("ada", "wrong"))
            kms.clock.advance(.seconds(1))
        }
        kms.clock.advance(.zero - Self.year)
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada")) == .tooManyRequests)
        kms.clock.advance(.seconds(1))
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada")) == .tooManyRequests)
        kms.clock.advance(.seconds(1))
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada")) == nil)
    }

    @Test func `a session goes on, and not for longer than a session lasts`() async throws {
        try await kms.register("ada")
        let first = try await kms.login("ada").refreshToken
        let left = try await kms.login("ada").refreshToken
        kms.clock.advance(.zero - Self.year)
        let second = try await kms.call(KMS.refresh, .init(refreshToken: first))
        #expect(try await kms.isActive(try Claims(token: second.accessToken).principal))
        #expect(try Claims(token: second.accessToken).auth_time <= kms.clock.now.seconds)
        kms.clock.advance(.seconds(30 * 86_400))
        for token in [second.refreshToken, left] {
            #expect(try await kms.refusal(KMS.refresh, .init(refreshToken: token)) == KMS.invalidRefreshToken)
        }
    }

    @Test func `the grace of a spent refresh token does not grow`() async throws {
        try await kms.register("ada")
        let first = try await kms.login("ada").refreshToken
        let second = try await kms.call(KMS.refresh, .init(refreshToken: first)).refreshToken
        kms.clock.advance(.seconds(-9))
        #expect(try await kms.call(KMS.refresh, .init(refreshToken: first)).refreshToken == second)
        kms.clock.advance(.seconds(-1))
        #expect(try await kms.refusal(KMS.refresh, .init(refreshToken: first)) == KMS.invalidRefreshToken)
        #expect(try await kms.refusal(KMS.refresh, .init(refreshToken: second)) == KMS.invalidRefreshToken)
    }

    @Test func `a one-time token of an administrator does not outlast its hour`() async throws {
        let kms = try TestKMS(configure: { $0.firstAdmin = .token })
        let token = try await kms.service.makeAdminToken()
        kms.clock.advance(.zero - Self.year)
        await #expect(throws: Failure.self) { try await kms.register("ada", roles: ["admin"], adminToken: token) }
        let another = try await kms.service.makeAdminToken()
        try await kms.register("ada", roles: ["admin"], adminToken: another)
    }

    @Test func `an API key lives as long as was asked for, from when the clock was put right`() async throws {
        let root = try await kms.admin()
        let name = try #require(KMS.ServiceName("job"))
        let creation = KMS.KeyCreation(serviceName: name, expiresIn: 3600)
        let first = try await kms.call(KMS.createKey, creation, as: root).apiKey
        let rotation = KMS.KeyRotation(serviceName: name, overlapSeconds: 60)
        let second = try await kms.call(KMS.rotateKey, rotation, as: root).apiKey
        kms.clock.advance(.zero - Self.year)
        for key in [first, second] { #expect(try await kms.call(KMS.verifyKey, .init(apiKey: key)).active) }
        kms.clock.advance(.seconds(60))
        #expect(try await !kms.call(KMS.verifyKey, .init(apiKey: first)).active)
        #expect(try await kms.call(KMS.verifyKey, .init(apiKey: second)).active)
        // The last use is noted again, too.
        let described = try await kms.call(KMS.showKey, .init(serviceName: name), as: root)
        #expect(described.lastUsedAt == kms.clock.now.seconds)
        kms.clock.advance(.seconds(3540))
        #expect(try await !kms.call(KMS.verifyKey, .init(apiKey: second)).active)
    }
}
