// Access tokens and their sessions: stepped up on a peer's word alone, ended by log-out or an administrator, good for their own user only.

import Bus
import Contracts
import Testing

@testable import KeyManagement

@Suite struct TokenTests {
    let kms: TestKMS

    init() throws { kms = try TestKMS() }

    private func stepUp(_ principal: Principal, as username: String? = nil, amr: [String] = ["otp"]) throws
        -> KMS.StepUpRequest
    {
        KMS.StepUpRequest(
            username: try #require(KMS.Username(username ?? principal.subject)),
            tokenID: try #require(principal.tokenID),
            amr: amr
        )
    }

    @Test func `a second factor brings a token that says so`() async throws {
        try await kms.register("ada")
        let ada = try await kms.principal("ada")
        kms.clock.advance(.seconds(30))
        let answer = try await kms.call(KMS.stepUp, stepUp(ada))
        let claims = try Claims(token: answer.accessToken)
        #expect(claims.amr == ["pwd", "mfa", "otp"] && claims.acr == KMS.secondFactor)
        #expect(claims.auth_time == kms.clock.now.seconds)
        #expect(claims.principal.isSteppedUp)
        #expect(try await kms.isActive(claims.principal))
    }

    @Test func `a refresh falls back to the first factor`() async throws {
        try await kms.register("ada")
        let tokens = try await kms.login("ada")
        _ = try await kms.call(KMS.stepUp, stepUp(try Claims(token: tokens.accessToken).principal))
        let refreshed = try await kms.call(KMS.refresh, .init(refreshToken: tokens.refreshToken))
        #expect(try Claims(token: refreshed.accessToken).amr == ["pwd"])
    }

    @Test func `no principal may step itself up`() async throws {
        let admin = try await kms.admin()
        #expect(try await kms.refusal(KMS.stepUp, stepUp(admin), as: admin) == .forbidden)
    }

    @Test func `stepping up needs a living session of the same user, and a method`() async throws {
        for name in ["ada", "eve"] { try await kms.register(name) }
        let ada = try await kms.principal("ada")
        #expect(try await kms.refusal(KMS.stepUp, stepUp(ada, as: "eve")) == .forbidden)
        #expect(try await kms.refusal(KMS.stepUp, stepUp(ada, amr: [])) == .invalidRequest)
        _ = try await kms.call(KMS.logout, .init(), as: ada)
        #expect(try await kms.refusal(KMS.stepUp, stepUp(ada)) == .forbidden)
    }

    @Test func `logging out ends the stepped-up token too`() async throws {
        try await kms.register("ada")
        let ada = try await kms.principal("ada")
        let steppedUp = try Claims(token: try await kms.call(KMS.stepUp, stepUp(ada)).accessToken).principal
        _ = try await kms.call(KMS.logout, .init(), as: ada)
        #expect(try await !kms.isActive(steppedUp))
    }

    @Test func `a token is good only for its own user and session`() async throws {
        for name in ["ada", "eve"] { try await kms.register(name) }
        let ada = try await kms.principal("ada")
        let id = try #require(ada.tokenID)
        #expect(try await kms.isActive(jti: id, of: "ada"))
        #expect(try await !kms.isActive(jti: id, of: "eve"))
        #expect(try await !kms.isActive(jti: "made.up", of: "ada"))
        #expect(try await !kms.isActive(jti: "", of: "ada"))
    }

    @Test func `an admin revokes one token or all of a user`() async throws {
        let admin = try await kms.admin()
        try await kms.register("ada")
        let sessions = [try await kms.principal("ada"), try await kms.principal("ada"), try await kms.principal("ada")]
        _ = try await kms.call(KMS.revokeTokens, .init(jti: sessions[0].tokenID), as: admin)
        #expect(try await !kms.isActive(sessions[0]))
        #expect(try await kms.isActive(sessions[1]))
        _ = try await kms.call(KMS.revokeTokens, .init(username: KMS.Username("ada")), as: admin)
        for session in sessions { #expect(try await !kms.isActive(session)) }
        #expect(try await kms.isActive(admin))
        #expect(try await kms.refusal(KMS.revokeTokens, .init(), as: admin) == .invalidRequest)
    }
}
