// Fields that a client has no business to set. At the edge they are refused by name; on the bus, where peers may be newer than one
// another, they are ignored. Neither may change anything.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import Testing

extension Vulnerabilities {
    @Suite struct Assignments {
        static let fields: [String: JSONValue] = [
            "verified": .bool(true), "is_admin": .bool(true), "admin": .bool(true), "role": "admin",
            "skip_2fa": .bool(true), "skipVerification": .bool(true), "amr": .array(["pwd", "otp"]), "acr": "aal2",
            "state": "active", "password_hash": "$scrypt$", "sub": "root", "steppedUp": .bool(true),
        ]

        @Test(arguments: Transport.allCases)
        func `Ghost 25806, nothing sent along makes an account or a token more than it is`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                _ = try await Victim("root", roles: "admin", at: caller)
                for (name, value) in Self.fields {
                    let account: [String: JSONValue] = [
                        "username": .string("u.\(name)"), "password": .string(Victim.password),
                    ]
                    let made = try await caller.call(KMS.register, .object(account.merging([name: value]) { $1 }))
                    #expect(made.code == (transport == .http ? "invalid_request" : "ok"), "\(name)")
                    if !made.isOK { try await caller.call(KMS.register, .object(account)).requireOK() }
                    let login = try await caller.call(KMS.login, .object(account.merging([name: value]) { $1 }))
                    #expect(login.code == (transport == .http ? "invalid_request" : "ok"), "\(name)")
                    guard let token = login["access_token"].string else { continue }
                    let claims = try JSONValue(claimsOf: token)
                    #expect(
                        claims["amr"] == .array(["pwd"]) && claims["roles"] == .array(["user"])
                            && claims["acr"] == "aal1",
                        "\(name)"
                    )
                    #expect(claims["sub"].string == "u.\(name)".lowercased())
                }
            }
        }

        @Test(arguments: Transport.allCases)
        func `Ghost 25806, no flag makes a wrong code right`(over transport: Transport) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller).enrolled()
                for (name, value) in Self.fields.sorted(by: { $0.key < $1.key }).prefix(5) {
                    let reply = try await ada.caller.call(
                        TwoFactorOperations.verify,
                        ["otp_code": .string(ada.wrongCode), name: value]
                    )
                    #expect(reply.code == (transport == .http ? "invalid_request" : "otp_rejected"), "\(name)")
                }
                let none = try await ada.caller.call(TwoFactorOperations.verify, ["verified": .bool(true)])
                #expect(none.code == "invalid_request")
            }
        }

        static let roles: [JSONValue] = [
            "admin", "admin,user", "user, admin", .array(["admin"]), .array(["user", "auditor"]),
        ]

        @Test(arguments: Transport.allCases)
        func `nobody grants roles to themselves`(over transport: Transport) async throws {
            try await attack(over: transport) { caller in
                _ = try await Victim("root", roles: "admin", at: caller)
                let eve = try await Victim("eve", at: caller)
                for roles in Self.roles {
                    let account: JSONValue = ["username": "mallory", "password": "secure123", "roles": roles]
                    #expect(try await caller.call(KMS.register, account).code == "forbidden", "\(roles)")
                    #expect(try await eve.caller.call(KMS.register, account).code == "forbidden", "\(roles)")
                    let grant: JSONValue = ["username": "eve", "roles": roles]
                    #expect(try await eve.caller.call(KMS.setRoles, grant).code == "forbidden", "\(roles)")
                }
            }
        }

        @Test(arguments: Transport.allCases)
        func `nobody acts for somebody else by naming them`(over transport: Transport) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller).enrolled()
                let eve = try await Victim("eve", at: caller)
                let code: JSONValue = ["username": "ada", "otp_code": .string(ada.code())]
                let unknown: JSONValue = ["username": "nobody", "otp_code": "123456"]
                let answers = [
                    try await eve.caller.call(TwoFactorOperations.verify, code),
                    try await eve.caller.call(TwoFactorOperations.verify, unknown),
                    try await eve.caller.call(TwoFactorOperations.generate, ["username": "ada"]),
                    try await eve.caller.call(TwoFactorOperations.generate, ["username": "nobody"]),
                ]
                #expect(answers.allSatisfy { $0.code == "two_factor_not_enabled" }, "\(answers)")
                #expect(answers.allSatisfy { $0["detail"].string == "User not found or 2FA not enabled" })
                #expect(try await ada.verify(ada.code()).isOK, "nothing of ada's was used up")
            }
        }
    }
}
