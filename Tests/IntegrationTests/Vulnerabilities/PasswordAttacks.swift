// Guessing passwords: in parallel, otherwise spelt, of accounts that are not there. The budget holds, but not against the owner.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import Testing

extension Vulnerabilities {
    @Suite struct Passwords {
        private func guess(_ name: String, _ caller: Caller, knownBy: String? = nil) async throws -> Caller.Reply {
            var body: [String: JSONValue] = ["username": .string(name), "password": "wrong password"]
            if let knownBy { body["known_by"] = .string(knownBy) }
            return try await caller.call(KMS.login, .object(body))
        }

        /// The first five of so many guesses at once are looked at, and those that `allowed` adds; the rest are put off, not lost.
        private func expectBudget(_ outcomes: [String: Int], of count: Int, since start: ContinuousClock.Instant) {
            let (looked, putOff) = (outcomes["bad_credentials"] ?? 0, outcomes["too_many_requests"] ?? 0)
            #expect((5...allowed(since: start)).contains(looked), "\(outcomes)")
            #expect(looked + putOff == count, "\(outcomes)")
        }

        /// Guesses ada's password until there are too many guesses.
        private func lockAdaOut(_ caller: Caller) async throws {
            while try await guess("ada", caller).code != "too_many_requests" { try Task.checkCancellation() }
        }

        /// So many guesses are looked at in so long a time: five, and one after each of the waits 1 s, 2 s, 4 s, …
        private func allowed(since start: ContinuousClock.Instant) -> Int {
            var (count, seconds, wait) = (5, 0, 1)
            while start.duration(to: .now) >= .seconds(seconds + wait) {
                (count, seconds, wait) = (count + 1, seconds + wait, wait * 2)
            }
            return count
        }

        @Test(arguments: Transport.allCases)
        func `CVE-2023-47111, fifty parallel wrong passwords are not looked at beyond the budget`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                _ = try await Victim(at: caller)
                let start = ContinuousClock.now
                let outcomes = try await atOnce(50) { _ in try await guess("ada", caller) }
                expectBudget(outcomes, of: 50, since: start)
            }
        }

        @Test(arguments: Transport.allCases)
        func `CVE-2025-6004, spelling the name otherwise doubles no budget`(over transport: Transport) async throws {
            try await attack(over: transport) { caller in
                _ = try await Victim(at: caller)
                let start = ContinuousClock.now
                let spellings = ["ada", "Ada", "ADA", "aDa"]
                let outcomes = try await atOnce(48) { try await guess(spellings[$0 % 4], caller) }
                expectBudget(outcomes, of: 48, since: start)
                for spelling in [" ada", "ada ", "a\u{301}da", "\u{430}da", "ada\0", ""] {
                    #expect(try await guess(spelling, caller).code == "invalid_request", "\(spelling.debugDescription)")
                }
            }
        }

        @Test(arguments: Transport.allCases)
        func `GHSA-m5mf-3963-4x26, an address is no second name of an account`(over transport: Transport) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller).enrolled()
                let address: JSONValue = ["email": "ada@example.org"]
                _ = try await ada.steppedUp().call(TwoFactorOperations.contact, address)
                let sent = try #require(await caller.ecosystem.code(for: "ada"))
                let confirmed = try await ada.steppedUp(with: 1).call(
                    TwoFactorOperations.confirmContact,
                    ["otp_code": .string(sent)]
                )
                #expect(confirmed.isOK, "\(confirmed)")
                let login = try await caller.call(
                    KMS.login,
                    ["username": "ada@example.org", "password": .string(Victim.password)]
                )
                #expect(login.code == "bad_credentials")
            }
        }

        @Test(arguments: Transport.allCases)
        func `CVE-2025-6011, unknown, wrong and disabled are told in the same words, and throttled alike`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                let root = try await Victim("root", roles: "admin", at: caller)
                _ = try await Victim("eve", at: caller)
                _ = try await Victim("bob", at: caller)
                _ = try await root.caller.call(KMS.disableUser, ["username": "bob"])
                var answers: [Set<String>] = []
                for name in ["eve", "bob", "nobody"] {
                    let start = ContinuousClock.now
                    var told: [String] = []
                    repeat {
                        let reply = try await guess(name, caller)
                        told.append("\(reply.code) \(reply["detail"].string ?? "")")
                    } while told.last?.hasPrefix("too_many_requests") == false && told.count <= allowed(since: start)
                    #expect(told.count > 5 && told.last?.hasPrefix("too_many_requests") == true, "\(told)")
                    answers.append(Set(told))
                }
                #expect(answers[0] == answers[1] && answers[1] == answers[2], "\(answers)")
            }
        }

        @Test(arguments: Transport.allCases)
        func `GHSA-cq42-vhv7-xr7p, who shuts the door on strangers does not shut out the owner`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller)
                try await lockAdaOut(caller)
                let right: [String: JSONValue] = ["username": "ada", "password": .string(Victim.password)]
                let known = right.merging(["known_by": .string(ada.refreshToken)]) { $1 }
                #expect(try await caller.call(KMS.login, .object(known)).isOK)
            }
        }

        @Test(arguments: Transport.allCases)
        func `GHSA-cq42-vhv7-xr7p, strangers' failures are no reason to keep the owner from a new password`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                let ada = try await Victim(at: caller).enrolled()
                let owner = try await ada.steppedUp()
                try await lockAdaOut(caller)
                let change: JSONValue = [
                    "current_password": .string(Victim.password), "new_password": "another good one",
                ]
                try await owner.call(KMS.changePassword, change).requireOK()
            }
        }

        @Test(arguments: Transport.allCases)
        func `GHSA-cq42-vhv7-xr7p, another user's token or a made-up one opens no lane`(
            over transport: Transport
        ) async throws {
            try await attack(over: transport) { caller in
                _ = try await Victim(at: caller)
                let eve = try await Victim("eve", at: caller)
                let lanes = [nil, eve.refreshToken, "made up"]
                let start = ContinuousClock.now
                let outcomes = try await atOnce(45) { try await guess("ada", caller, knownBy: lanes[$0 % 3]) }
                expectBudget(outcomes, of: 45, since: start)
            }
        }
    }
}
