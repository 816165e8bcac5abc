// Somebody with a password and, if wanted, an authenticator app: what the attacks are aimed at.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import Secrets
import Testing

struct Victim: Sendable {
    static let password = "secure123"
    let name: String
    /// With the token of a log-in by password.
    let caller: Caller
    let refreshToken: String
    /// Of the authenticator app; empty where there is none.
    let secret: [UInt8]
    let recoveryCodes: [String]

    /// Registers an account and logs in.
    init(_ name: String = "ada", roles: String? = nil, at caller: Caller) async throws {
        var account: [String: JSONValue] = ["username": .string(name), "password": .string(Self.password)]
        if let roles { account["roles"] = .string(roles) }
        let made = try await caller.call(KMS.register, .object(account))
        try #require(made.isOK, "\(made)")
        let login = try await Self.login(name, at: caller)
        self.init(name, login, secret: [], recoveryCodes: [])
    }

    /// The same with an app that is enrolled and confirmed, by the code of this step: the next one's is left.
    func enrolled() async throws -> Victim {
        let begun = try await caller.call(TwoFactorOperations.enroll)
        let secret = try #require(Base32.decode(begun["secret"].string ?? ""), "\(begun)")
        let code = Self.code(secret, stepsAhead: 0)
        let done = try await caller.call(TwoFactorOperations.confirm, ["otp_code": .string(code)])
        try #require(done.isOK, "\(done)")
        let codes = done["recovery_codes"].items.compactMap(\.string)
        return Victim(name, (caller, refreshToken), secret: secret, recoveryCodes: codes)
    }

    private init(
        _ name: String,
        _ login: (caller: Caller, refreshToken: String),
        secret: [UInt8],
        recoveryCodes: [String]
    ) {
        self.name = name
        (caller, refreshToken) = login
        self.secret = secret
        self.recoveryCodes = recoveryCodes
    }

    /// Another session of the same user.
    static func login(_ name: String, at caller: Caller) async throws -> (caller: Caller, refreshToken: String) {
        let login = try await caller.with(token: nil).call(
            KMS.login,
            ["username": .string(name), "password": .string(password)]
        )
        try #require(login.isOK, "\(login)")
        let token = try #require(login["access_token"].string)
        return (caller.with(token: token), try #require(login["refresh_token"].string))
    }

    func verify(_ code: String, at other: Caller? = nil) async throws -> Caller.Reply {
        try await (other ?? caller).call(TwoFactorOperations.verify, ["otp_code": .string(code)])
    }

    /// With a token of which a recovery code has been the second factor.
    func steppedUp(with code: Int = 0) async throws -> Caller {
        let verified = try await verify(recoveryCodes[code])
        let token: String = try #require(verified["access_token"].string, "\(verified)")
        return caller.with(token: token)
    }

    /// A code of the app, the next step's: good for the rest of this step and the two after it. One of the step before would be good only
    /// where the step does not end on the way to the service.
    func code(stepsAhead steps: Int64 = 1) -> String { Self.code(secret, stepsAhead: steps) }

    /// A code that is good at no time near this one.
    var wrongCode: String {
        let right = Set((-3...3).map { code(stepsAhead: $0) })
        return (0...9).map { String(repeating: "\($0)", count: 6) }.first { !right.contains($0) } ?? "000000"
    }

    private static func code(_ secret: [UInt8], stepsAhead steps: Int64) -> String {
        TOTP.standard.code(secret: secret, step: Int64(Date().timeIntervalSince1970) / 30 + steps)
    }
}

/// The outcomes of so many calls at once, counted by code.
func atOnce(
    _ count: Int,
    _ body: @escaping @Sendable (Int) async throws -> Caller.Reply
) async throws -> [String: Int] {
    try await withThrowingTaskGroup(of: String.self) { group in
        for number in 0..<count { group.addTask { try await body(number).code } }
        return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}
