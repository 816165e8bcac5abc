// The 2FA service, assembled: accounts in SQLite, codes by the way the topology names, tokens from the KMS.

import Bus
import Foundation
import Secrets
import Topology
import TwoFactor

extension Blueprint {
    static func twoFactor(_ assembly: Assembly, _ node: Node) throws -> Blueprint {
        let service = TwoFactorService(
            configuration: try TwoFactorConfiguration(assembly.topology.twoFactor),
            store: try SQLiteTwoFactorStore(assembly.layout.database("2fa")),
            keyring: try assembly.layout.keyring("2fa"),
            delivery: try assembly.delivery(),
            tokens: BusTokenIssuer(node: node),
            logger: assembly.logger(for: "2fa")
        )
        return Blueprint(handlers: service.handlers())
    }
}

extension TwoFactorConfiguration {
    fileprivate init(_ settings: Topology.TwoFactor) throws {
        self.init()
        issuer = settings.issuer
        attempts.free = settings.attempts
        codeLifetime = settings.codeLifetime.components.seconds
        guard let digits = CodeDigits(rawValue: settings.codeDigits) else {
            throw Failure(.invalidRequest, "two_factor.code_digits must be 6, 7 or 8.")
        }
        self.digits = digits
    }
}
