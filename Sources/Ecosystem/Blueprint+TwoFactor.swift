// The 2FA service, assembled: accounts in SQLite, codes by the way the topology names, tokens from the KMS.

import Bus
import Contracts
import Foundation
import FountainService
import Leases
import Logging
import Secrets
import Topology
import TwoFactor

/// Between two looks for sessions that could not be ended.
private let signOutPause = Duration.seconds(5)

extension Blueprint {
    static func twoFactor(_ assembly: Assembly) -> Blueprint {
        Blueprint("2fa") { site in
            let store = try DatabaseTwoFactorStore(site.store)
            let keyring = try site.layout.keyring("2fa")
            let (ledger, commits) = (TwoFactorLedger(store), TwoFactorCommits(store))
            let leases = try await leases(at: site, ledger, shared: commits, givesAny: false)
            let service = TwoFactorService(
                configuration: try TwoFactorConfiguration(site.topology),
                store: store,
                keyring: keyring,
                delivery: try assembly.delivery(),
                tokens: BusTokenIssuer(node: site.node),
                leases: leases,
                clock: UnixClock { [now = site.now] in Int64(now().microseconds / 1_000_000) },
                logger: site.logger
            )
            var parts = ServiceParts(
                handlers: service.handlers(),
                background: { _ in try await endSessions(service) },
                close: { await store.close() }
            )
            parts.check = { try await claimingStore(at: site, service.claimStore) }
            parts.vitals = { _ in Vitals(numbers: leases.numbers, alike: ["keyring": keyring.fingerprint]) }
            return parts
        }
    }

    private static func endSessions(_ service: TwoFactorService) async throws {
        while true {
            // What does not go through is said in the log, and tried again.
            try? await service.finishSignOuts()
            try await Task.sleep(for: signOutPause)
        }
    }
}

extension TwoFactorService {
    /// The service on a topology's data, for work on its host: it delivers nothing and gets no tokens.
    init(beside topology: Topology, isAlone: Bool = true) throws {
        let layout = DataLayout(topology)
        self.init(
            configuration: try TwoFactorConfiguration(topology),
            store: try DatabaseTwoFactorStore(layout.store("2fa", isAlone: isAlone)),
            keyring: try layout.keyring("2fa"),
            delivery: RoutedDelivery([]),
            tokens: NoTokens()
        )
    }
}

/// For a service that answers nobody.
private struct NoTokens: TokenIssuer {
    func token(_ request: TokenRequest) throws -> TwoFactorOperations.Verified {
        throw Failure(.unavailable, "There is no KMS here.")
    }

    func endSessions(of username: String, except kept: String?) throws {
        throw Failure(.unavailable, "There is no KMS here.")
    }
}

extension TwoFactorConfiguration {
    fileprivate init(_ topology: Topology) throws {
        let settings = topology.twoFactor
        self.init()
        issuer = settings.issuer
        attempts.free = settings.attempts
        codeLifetime = settings.codeLifetime.components.seconds
        adminStepUp = topology.keyManagement.adminStepUp == .always ? .always : .ifEnrolled
        guard let digits = CodeDigits(rawValue: settings.codeDigits) else {
            throw Failure(.invalidRequest, "two_factor.code_digits must be 6, 7 or 8.")
        }
        self.digits = digits
        algorithm = HMAC.Algorithm(rawValue: settings.algorithm.rawValue.uppercased()) ?? .sha1
    }
}
