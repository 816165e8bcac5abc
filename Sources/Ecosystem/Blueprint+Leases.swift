// The leases that a service gives on its verdicts, by the topology.

import FountainService
import Leases
import Secrets
import Topology

extension Blueprint {
    /// Begins the life of a service's keeper. On PostgreSQL it gives none: another host may have taken over the schema while this one was cut
    /// off and does not know it, and a lease that was given by memory alone would bind nobody there (ADR 0016).
    static func leases(at site: Site, _ ledger: any LeaseLedger) async throws -> Leases {
        let settings = site.topology.leases
        return try await Leases.begin(
            term: try Random.token(),
            limits: LeaseKeeper.Limits(
                length: site.topology.stores.engine == .sqlite ? settings.length : .zero,
                holders: settings.holders,
                history: settings.history
            ),
            ledger: ledger,
            logger: site.logger
        )
    }
}
