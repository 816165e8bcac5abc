import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import Secrets

extension TestEcosystem {
    /// Ada with an authenticator app, logged in with her password only.
    func enrolled() async throws -> EdgeClient {
        let user = try await loggedIn()
        let enrolled = try await user.post("/2fa/auth/enroll")
        try enrolled.require(201)
        guard let secret = Base32.decode(enrolled["secret"].string ?? ""),
            let step = TOTP.standard.step(atUnixSeconds: Int64(Date().timeIntervalSince1970))
        else { throw UnexpectedAnswer(description: "no secret in \(enrolled.text)") }
        let code = TOTP.standard.code(secret: SecretBytes(secret), step: step)
        try (try await user.post("/2fa/auth/confirm", ["otp_code": .string(code)])).require(200)
        return user
    }
}
