// The KMS, assembled: accounts, keys and the audit log in SQLite, secrets under a master key beside it.

import Bus
import Contracts
import FountainService
import KeyManagement
import Leases
import Secrets
package import Topology

extension Blueprint {
    static func keyManagement(_ assembly: Assembly) -> Blueprint {
        let hasTwoFactor = assembly.topology.service(.twoFactor) != nil
        return Blueprint("kms") { site in
            let store = try KeyManagementService.store(site.topology, isAlone: false)
            let leases = try await leases(at: site, StoreLedger(store), shared: ReplicaLedger(store))
            let service = try KeyManagementService(
                site.topology,
                on: store,
                leases: leases,
                isEnrolled: { user in
                    guard hasTwoFactor else { return false }
                    return try await site.node.call(TwoFactorOperations.status, .init(username: user)).enrolled
                },
                now: { [now = site.now] in Timestamp(rawValue: Int(now().microseconds / 1_000)) }
            )
            var parts = ServiceParts(
                handlers: service.handlers,
                close: {
                    await leases.leave()
                    await service.close()
                }
            )
            if leases.isShared { parts.background = { _ in try await leases.sweep() } }
            parts.check = { try await claimingStore(at: site, service.claimStore) }
            parts.vitals = { _ in Vitals(numbers: leases.numbers, alike: ["keyring": service.keyringFingerprint]) }
            return parts
        }
    }
}

extension KeyManagementService {
    /// The service on a topology's data; also for the commands that work on the host beside it.
    package init(_ topology: Topology, isAlone: Bool = true) throws {
        try self.init(topology, on: try Self.store(topology, isAlone: isAlone))
    }

    fileprivate static func store(_ topology: Topology, isAlone: Bool) throws -> any KeyManagementStore {
        RememberingStore(
            try DatabaseStore(DataLayout(topology).store("kms", isAlone: isAlone)),
            // A database that others reach can be changed behind our back: then nothing is remembered.
            limit: topology.stores.engine == .sqlite ? topology.keyManagement.recordMemory : 0
        )
    }

    fileprivate init(
        _ topology: Topology,
        on store: any KeyManagementStore,
        leases: Leases = .none,
        isEnrolled: @escaping @Sendable (String) async throws -> Bool = { _ in false },
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) throws {
        self.init(
            KeyManagementConfiguration(topology),
            store: store,
            keyring: try DataLayout(topology).keyring("kms"),
            hasher: try PasswordHasher(
                parameters: try ScryptParameters(topology.keyManagement.scrypt),
                concurrency: topology.keyManagement.hashConcurrency,
                maximumWaiting: topology.keyManagement.hashQueue
            ),
            leases: leases,
            isEnrolled: isEnrolled,
            now: now
        )
    }
}

extension ScryptParameters {
    fileprivate init(_ settings: Topology.KeyManagement.Scrypt) throws {
        guard let parameters = ScryptParameters(logN: settings.ln, r: settings.r, p: settings.p) else {
            throw Failure(
                .invalidRequest,
                "kms.scrypt: ln \(settings.ln), r \(settings.r), p \(settings.p) are out of bounds."
            )
        }
        self = parameters
    }
}

extension KeyManagementConfiguration {
    /// The longest time for which a spent refresh token may bring its successor again, whatever the gateway's patience.
    private static let longestGrace = Duration.seconds(60)

    fileprivate init(_ topology: Topology) {
        self.init()
        let settings = topology.keyManagement
        // The bus repeats a refresh whose answer was lost as long as the gateway waits: that must not look like a thief's.
        refreshGrace = min(Self.longestGrace, max(refreshGrace, topology.gateway.requestTimeout))
        firstAdmin = settings.firstAdmin == .open ? .open : .token
        adminStepUp = settings.adminStepUp == .always ? .always : .ifEnrolled
        issuer = settings.issuer
        audience = settings.audience
        accessTokenLifetime = settings.accessTokenLifetime
        refreshTokenLifetime = settings.refreshTokenLifetime
    }
}
