// Steps out of their order: without a factor, with a new one begun, in a session that has ended, after a refresh. Nobody gains by it.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import Testing

extension Vulnerabilities {
    @Suite struct States {
        @Test(arguments: Transport.allCases)
        func `CVE-2026-94218, without a factor every later step is refused`(over transport: Transport) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller)
                let code: JSONValue = ["otp_code": "123456"]
                #expect(try await ada.caller.call(TwoFactorOperations.confirm, code).code == "conflict")
                #expect(try await ada.caller.call(TwoFactorOperations.verify, code).code == "two_factor_not_enabled")
                #expect(try await ada.caller.call(TwoFactorOperations.generate).code == "two_factor_not_enabled")
                let needFactor = "insufficient_user_authentication"
                #expect(try await ada.caller.call(TwoFactorOperations.disable).code == needFactor)
                #expect(try await ada.caller.call(TwoFactorOperations.confirmContact, code).code == needFactor)
                let address: JSONValue = ["email": "ada@example.org"]
                #expect(try await ada.caller.call(TwoFactorOperations.contact, address).code == needFactor)
                // Begun is not confirmed: nothing counts yet.
                try await ada.caller.call(TwoFactorOperations.enroll).requireOK()
                #expect(try await ada.caller.call(TwoFactorOperations.verify, code).code == "two_factor_not_enabled")
            }
        }

        @Test(arguments: Transport.allCases)
        func `CVE-2026-94218, beginning again does not drop the factor in force`(over transport: Transport) async throws
        {
            try await attack(over: transport) { caller in
                let ada = try await Victim("ada", roles: "admin", at: caller).enrolled()
                let needFactor = "insufficient_user_authentication"
                #expect(try await ada.caller.call(TwoFactorOperations.enroll).code == needFactor)
                #expect(try await ada.caller.call(TwoFactorOperations.disable).code == needFactor)
                let confirmation: JSONValue = ["otp_code": .string(ada.code())]
                #expect(try await ada.caller.call(TwoFactorOperations.confirm, confirmation).code == needFactor)
                let fresh = try await ada.steppedUp()
                try await fresh.call(TwoFactorOperations.enroll).requireOK()
                #expect(try await ada.caller.call(KMS.listKeys).code == needFactor)
                #expect(try await ada.verify(ada.code()).isOK)
            }
        }

        @Test(arguments: Transport.allCases)
        func `CVE-2026-16103, a session that was ended is not stepped up, whatever code it has`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                let root = try await Victim("root", roles: "admin", at: caller)
                let ada = try await Victim(at: caller).enrolled()
                let bystander = try await Victim.login("ada", at: caller).caller
                try await root.caller.call(KMS.revokeTokens, ["username": "ada"]).requireOK()
                #expect(try await ada.verify(ada.recoveryCodes[0], at: bystander).code == "unauthenticated")
                #expect(try await ada.verify(ada.recoveryCodes[1]).code == "unauthenticated")
            }
        }

        @Test(arguments: Transport.allCases)
        func `keycloak 26177, a pending log-in does not outlive the lockout or the account`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                let root = try await Victim("root", roles: "admin", at: caller)
                let ada = try await Victim(at: caller).enrolled()
                let pending = try await Victim.login("ada", at: caller).caller
                let other = try await Victim.login("ada", at: caller).caller
                while try await ada.verify(ada.wrongCode, at: other).code != "too_many_requests" {
                    try Task.checkCancellation()
                }
                #expect(try await ada.verify(ada.code(), at: pending).code == "too_many_requests")
                try await root.caller.call(KMS.disableUser, ["username": "ada"]).requireOK()
                #expect(try await ada.verify(ada.recoveryCodes[0]).code == "unauthenticated")
                let refresh: JSONValue = ["refresh_token": .string(ada.refreshToken)]
                #expect(try await caller.call(KMS.refresh, refresh).code == "invalid_refresh_token")
            }
        }

        @Test(arguments: Transport.allCases)
        func `CVE-2026-18963, a new password does not drop the second factor, and needs it`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim("ada", roles: "admin", at: caller).enrolled()
                let change: JSONValue = [
                    "current_password": .string(Victim.password), "new_password": "another good one",
                ]
                let refused = try await ada.caller.call(KMS.changePassword, change)
                #expect(refused.code == "insufficient_user_authentication")
                try await ada.steppedUp().call(KMS.changePassword, change).requireOK()
                let login = try await caller.call(KMS.login, ["username": "ada", "password": "another good one"])
                let token = try #require(login["access_token"].string)
                let reply = try await caller.with(token: token).call(KMS.listKeys)
                #expect(reply.code == "insufficient_user_authentication")
            }
        }

        @Test(arguments: Transport.allCases)
        func `CVE-2026-1035, fifty parallel refreshes of one token have one successor`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller)
                let refresh: JSONValue = ["refresh_token": .string(ada.refreshToken)]
                let successors = try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<50 {
                        group.addTask { try await caller.call(KMS.refresh, refresh)["refresh_token"].string ?? "none" }
                    }
                    return try await group.reduce(into: Set<String>()) { $0.insert($1) }
                }
                #expect(successors.count == 1 && !successors.contains("none"), "\(successors.count)")
                #expect(!successors.contains(ada.refreshToken))
            }
        }

        /// Over HTTP only: it is the gateway that asks whether a session has ended.
        @Test func `a session with a password only gains nothing by a reset of the second factor`() async throws {
            try await attack(over: .http) { caller in
                let first = try await Victim("ada", roles: "admin", at: caller)
                _ = try await Victim("root", at: caller)
                try await first.caller.call(KMS.setRoles, ["username": "root", "roles": "admin"]).requireOK()
                let root = try await Victim.login("root", at: caller).caller
                let ada = try await first.enrolled()
                let thief = try await Victim.login("ada", at: caller)
                #expect(try await thief.caller.call(KMS.listKeys).code == "insufficient_user_authentication")
                try await root.call(TwoFactorOperations.reset, ["username": "ada"]).requireOK()
                for session in [thief, (caller: ada.caller, refreshToken: ada.refreshToken)] {
                    #expect(try await session.caller.call(KMS.listKeys).code == "unauthenticated")
                    let refresh: JSONValue = ["refresh_token": .string(session.refreshToken)]
                    #expect(try await caller.call(KMS.refresh, refresh).code == "invalid_refresh_token")
                }
            }
        }

        @Test(arguments: Transport.allCases)
        func `a refresh falls back to the first factor`(over transport: Transport) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim("ada", roles: "admin", at: caller).enrolled()
                let fresh = try await ada.steppedUp()
                #expect(try await fresh.call(KMS.listKeys).isOK)
                let refresh: JSONValue = ["refresh_token": .string(ada.refreshToken)]
                let token = try #require(try await caller.call(KMS.refresh, refresh)["access_token"].string)
                let reply = try await caller.with(token: token).call(KMS.listKeys)
                #expect(reply.code == "insufficient_user_authentication")
            }
        }
    }
}
