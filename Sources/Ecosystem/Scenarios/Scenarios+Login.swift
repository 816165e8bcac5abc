// Scenario 1: a user registers and logs in, enrols a second factor, and only after a verified code may do what needs one.

import Bus
import Foundation
import Secrets

extension Scenarios {
    /// - Returns: A client that has verified its second factor.
    func userLoginWithSecondFactor() async throws -> EdgeClient {
        say("1. User login + 2FA")
        let credentials: JSONValue = ["username": "demoadmin", "password": "correct horse battery"]
        _ = try await step("register \"demoadmin\", the first account, as admin", expecting: 201) {
            try await edge.post(
                "/kms/register",
                ["username": "demoadmin", "password": "correct horse battery", "roles": "admin"]
            )
        }
        let login = try await step("log in with the password", expecting: 200) {
            try await edge.post("/kms/login", credentials)
        }
        let firstFactor = edge.with(token: login["access_token"].string ?? "")
        let secret = try await enrol(firstFactor)
        try await beRefused(firstFactor)
        return try await verify(firstFactor, secret)
    }

    private func enrol(_ client: EdgeClient) async throws -> [UInt8] {
        let enrolled = try await step("enrol an authenticator app", expecting: 201) {
            try await client.post("/2fa/auth/enroll")
        }
        guard let secret = Base32.decode(enrolled["secret"].string ?? "") else {
            throw ScenarioFailure("the secret is not Base32")
        }
        _ = try await step("confirm it with the app's code", expecting: 200) {
            try await client.post("/2fa/auth/confirm", ["otp_code": .string(try Self.code(secret, stepsAhead: 0))])
        }
        return secret
    }

    private func beRefused(_ client: EdgeClient) async throws {
        let refused = try await step("create an API key with the password's token alone: refused", expecting: 401) {
            try await client.post("/kms/keys", ["service_name": "too-early"])
        }
        try expect(
            "the answer asks for a one-time password (RFC 9470)",
            refused["code"].string == "insufficient_user_authentication"
        )
        _ = try await step("ask for a code to be sent", expecting: 200) { try await client.post("/2fa/auth/generate") }
    }

    /// The code of the step after the one that confirmed: a code is good once.
    private func verify(_ client: EdgeClient, _ secret: [UInt8]) async throws -> EdgeClient {
        let code: JSONValue = ["otp_code": .string(try Self.code(secret, stepsAhead: 1))]
        let verified = try await step("verify the app's next code", expecting: 200) {
            try await client.post("/2fa/auth/verify", code)
        }
        _ = try await step("the same code again: refused", expecting: 401) {
            try await client.post("/2fa/auth/verify", code)
        }
        return edge.with(token: verified["access_token"].string ?? "")
    }

    private static func code(_ secret: [UInt8], stepsAhead: Int64) throws -> String {
        let now = Int64(Date().timeIntervalSince1970)
        guard let step = TOTP.standard.step(atUnixSeconds: now) else {
            throw ScenarioFailure("the clock is before 1970")
        }
        return TOTP.standard.code(secret: SecretBytes(secret), step: step + stepsAhead)
    }
}
