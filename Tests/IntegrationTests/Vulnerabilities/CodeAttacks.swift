// Guessing one-time codes: in parallel, otherwise spelt, by other routes, after a new log-in. The budget holds, but not against the owner.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import Testing

extension Vulnerabilities {
    @Suite struct Codes {
        @Test(arguments: Transport.allCases)
        func `CVE-2023-47111, of fifty parallel wrong codes five are compared`(over transport: Transport) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller).enrolled()
                let outcomes = try await atOnce(50) { _ in try await ada.verify(ada.wrongCode) }
                #expect(outcomes == ["otp_rejected": 5, "too_many_requests": 45])
            }
        }

        @Test func `CVE-2024-32868 and CVE-2025-64102, HTTP, bus, recovery codes and confirmations share one budget`()
            async throws
        {
            try await attack(over: .http) { caller in
                let ada = try await Victim(at: caller).enrolled()
                let fresh = try await ada.steppedUp()
                let begun = try await fresh.call(TwoFactorOperations.enroll)
                #expect(begun.isOK, "\(begun)")
                // The session that was stepped up is known and has a budget of its own; these come from another.
                let stranger = try await Victim.login("ada", at: caller).caller
                let unknown = "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF"
                let outcomes = try await atOnce(60) { number in
                    let route = stranger.over(number.isMultiple(of: 2) ? .http : .bus)
                    return switch number % 3 {
                    case 0: try await ada.verify(ada.wrongCode, at: route)
                    case 1: try await ada.verify(unknown, at: route)
                    default:
                        try await route.call(
                            TwoFactorOperations.verify,
                            ["username": "ADA", "otp_code": .string(ada.wrongCode)]
                        )
                    }
                }
                #expect(outcomes == ["otp_rejected": 5, "too_many_requests": 55])
                let confirmations = try await atOnce(20) { number in
                    let route = fresh.over(number.isMultiple(of: 2) ? .http : .bus)
                    return number.isMultiple(of: 4)
                        ? try await ada.verify(ada.wrongCode, at: route)
                        : try await route.call(TwoFactorOperations.confirm, ["otp_code": .string(ada.wrongCode)])
                }
                #expect(confirmations == ["otp_rejected": 5, "too_many_requests": 15])
            }
        }

        @Test(arguments: Transport.allCases)
        func `CVE-2025-6014, CVE-2025-6015 and CVE-2025-55003, an accepted code in another spelling`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller).enrolled()
                let code = ada.code()
                #expect(try await ada.verify(code).isOK)
                #expect(try await ada.verify(code).code == "otp_rejected")
                let fullWidth = String(
                    String.UnicodeScalarView(code.unicodeScalars.compactMap { Unicode.Scalar($0.value + 0xFEE0) })
                )
                for spelling in [
                    " \(code)", "\(code) ", "\(code.prefix(3)) \(code.suffix(3))", fullWidth, "\(code)\n", "0\(code)",
                ] {
                    #expect(try await ada.verify(spelling).code == "invalid_request", "\(spelling.debugDescription)")
                }
                let number = try #require(Int(code))
                for json in [JSONValue.integer(number), .number(Double(number)), .array([.string(code)])] {
                    let reply = try await ada.caller.call(TwoFactorOperations.verify, ["otp_code": json])
                    #expect(reply.code == "invalid_request", "\(json)")
                }
            }
        }

        @Test(arguments: Transport.allCases)
        func `CVE-2026-33473, the same code twice in parallel succeeds once`(over transport: Transport) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller).enrolled()
                for code in [ada.code(), ada.recoveryCodes[0]] {
                    let outcomes = try await atOnce(2) { _ in try await ada.verify(code) }
                    #expect(outcomes == ["ok": 1, "otp_rejected": 1])
                }
                try await ada.caller.call(TwoFactorOperations.generate).requireOK()
                let sent = try #require(await caller.ecosystem.code(for: "ada"))
                let outcomes = try await atOnce(5) { _ in try await ada.verify(sent) }
                #expect(outcomes["ok"] == 1, "\(outcomes)")
            }
        }

        @Test(arguments: Transport.allCases)
        func `GHSA-5mgh-chvj-hqf5, a hundred and fifty wrong codes on one token, then the right one`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller).enrolled()
                let stranger = try await Victim.login("ada", at: caller).caller
                var outcomes: [String: Int] = [:]
                for _ in 0..<15 {
                    let some = try await atOnce(10) { _ in try await ada.verify(ada.wrongCode, at: stranger) }
                    outcomes.merge(some, uniquingKeysWith: +)
                }
                #expect(outcomes == ["otp_rejected": 5, "too_many_requests": 145])
                #expect(try await ada.verify(ada.code(), at: stranger).code == "too_many_requests")
            }
        }

        @Test(arguments: Transport.allCases)
        func `caddy-security 271, logging in again resets no counter`(over transport: Transport) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller).enrolled()
                for _ in 0..<5 {
                    let stranger = try await Victim.login("ada", at: caller).caller
                    #expect(try await ada.verify(ada.wrongCode, at: stranger).code == "otp_rejected")
                }
                let stranger = try await Victim.login("ada", at: caller).caller
                #expect(try await ada.verify(ada.code(), at: stranger).code == "too_many_requests")
            }
        }

        @Test(arguments: Transport.allCases)
        func `GHSA-cq42-vhv7-xr7p, the owner steps up while a stranger with the password goes on guessing`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller).enrolled()
                let stranger = try await Victim.login("ada", at: caller).caller
                while try await ada.verify(ada.wrongCode, at: stranger).code != "too_many_requests" {
                    try Task.checkCancellation()
                }
                let fresh = try await ada.steppedUp()
                let change: JSONValue = [
                    "current_password": .string(Victim.password), "new_password": "none of his business",
                ]
                try await fresh.call(KMS.changePassword, change).requireOK()
                // … which throws the stranger out.
                let reply = try await ada.verify(ada.recoveryCodes[1], at: stranger)
                #expect(["unauthenticated", "too_many_requests"].contains(reply.code), "\(reply)")
            }
        }
    }
}

extension Caller.Reply {
    func requireOK() throws { try #require(isOK, "\(self)") }
}
