// What most tests begin with.

import Audit
import Bus
import Contracts
import Foundation
import Secrets
import Testing

@testable import KeyManagement

extension TestKMS {
    static let password = "correct horse"

    @discardableResult
    func register(
        _ username: String,
        _ password: String = TestKMS.password,
        roles: [String]? = nil,
        adminToken: String? = nil,
        as principal: Principal? = nil,
        key: String? = nil
    ) async throws -> KMS.Message {
        let registration = KMS.Registration(
            username: try #require(KMS.Username(username)),
            password: try #require(KMS.NewPassword(password)),
            roles: try roles.map { try #require(KMS.Roles($0)) },
            adminToken: adminToken
        )
        return try await call(KMS.register, registration, as: principal, key: key)
    }

    func credentials(
        _ username: String,
        _ password: String = TestKMS.password,
        knownBy: String? = nil
    ) throws -> KMS.Credentials {
        KMS.Credentials(
            username: try #require(KMS.Username(username)),
            password: try #require(KMS.Password(password)),
            knownBy: knownBy
        )
    }

    @discardableResult
    func login(_ username: String, _ password: String = TestKMS.password) async throws -> KMS.Tokens {
        try await call(KMS.login, credentials(username, password))
    }

    /// Logs in and gives the principal that a gateway would make of the token.
    func principal(_ username: String, _ password: String = TestKMS.password) async throws -> Principal {
        try Claims(token: try await login(username, password).accessToken).principal
    }

    /// The first account of a topology that says `open`.
    func admin() async throws -> Principal {
        try await register("root", roles: ["admin"])
        return try await principal("root")
    }

    func name(_ username: String) throws -> KMS.UserName {
        KMS.UserName(username: try #require(KMS.Username(username)))
    }

    func isActive(_ principal: Principal) async throws -> Bool {
        try await isActive(jti: try #require(principal.tokenID), of: principal.subject, roles: principal.roles)
    }

    /// What a gateway hears of a token that the key of the hour has signed just now.
    func isActive(
        jti: String,
        of username: String,
        roles: [String] = ["user"],
        kid: String? = nil,
        age: Int = 0,
        life: Int = 900
    ) async throws -> Bool {
        let issuedAt = clock.now.seconds - age
        let signer = try await signer()
        let token = KMS.TokenToCheck(
            jti: jti,
            sub: username,
            kid: kid ?? signer,
            iat: issuedAt,
            exp: issuedAt + life,
            roles: roles
        )
        return try await call(KMS.checkToken, token).active
    }

    /// The `kid` that tokens are signed with now.
    func signer() async throws -> String {
        let schedule = environment.configuration.signingKeys
        let keys = try await store.read { try $0.all(SigningKey.self) }
        return schedule.signer(of: keys, at: clock.now)?.id ?? ""
    }

    func audit() async throws -> [String] {
        try await store.read { try $0.auditEntries(after: 0, limit: 1000, .all) }.map {
            "\($0.operation) \($0.subject) \($0.outcome)"
        }
    }
}

/// The claims of a token, not verified.
struct Claims: Codable, Equatable {
    let iss, aud, sub, jti, acr, token_use: String
    let iat, exp, auth_time: Int
    let roles, amr: [String]

    init(token: String) throws {
        let parts = token.split(separator: ".")
        try #require(parts.count == 3)
        let payload = try #require(Base64URL.decode(String(parts[1])))
        self = try JSONDecoder().decode(Claims.self, from: Data(payload))
    }

    var principal: Principal {
        Principal(
            kind: .user,
            subject: sub,
            roles: roles,
            amr: amr,
            authenticatedAt: auth_time,
            tokenID: jti
        )
    }
}
