// An account with a second factor, in three requests, as an authenticator app would make it.

import Bus
public import Ecosystem
import Foundation
import Secrets

extension TestEcosystem {
    /// An account with an authenticator app, logged in with its password only: operations that want a second factor ask it for a code, and
    /// `POST /2fa/auth/generate` sends one, which `code(for:)` takes.
    ///
    /// - Parameter username: The account, which is registered.
    /// - Returns: A client with a token that a password alone has got.
    /// - Throws: `UnexpectedAnswer` where the ecosystem says no.
    public func enrolled(as username: String = "ada") async throws -> EdgeClient {
        let user = try await loggedIn(as: username)
        let enrolled = try await user.post("/2fa/auth/enroll")
        try enrolled.require(201)
        guard let secret = Base32.decode(enrolled["secret"].string ?? ""),
            let step = TOTP.standard.step(atUnixSeconds: Int64(clock.now.timeIntervalSince1970))
        else { throw UnexpectedAnswer(description: "no secret in \(enrolled.text)") }
        let code = TOTP.standard.code(secret: SecretBytes(secret), step: step)
        try (try await user.post("/2fa/auth/confirm", ["otp_code": .string(code)])).require(200)
        return user
    }
}
