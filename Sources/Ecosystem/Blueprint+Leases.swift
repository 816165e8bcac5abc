// The leases that a service gives on its verdicts, by the topology.

import FountainService
import Leases
import Secrets
import Topology

extension Blueprint {
    /// Begins the life of a service's keeper. `shared` is what replicas tell each other through a database. A service that does not tell the others of
    /// its revocations there gives no leases there (`givesAny`): one that was given by memory alone would bind nobody (ADR 0016). Each question is
    /// answered behind a commit then.
    static func leases(
        at site: Site,
        _ ledger: any LeaseLedger,
        shared: any SharedLedger,
        givesAny: Bool = true
    ) async throws -> Leases {
        let (settings, term) = (site.topology.leases, try Random.token())
        let isAlone = site.topology.stores.engine == .sqlite
        let limits = LeaseKeeper.Limits(
            length: isAlone || givesAny ? settings.length : .zero,
            holders: settings.holders,
            history: settings.history,
            keepers: site.topology.service(site.name)?.replicas.count ?? 1
        )
        if !isAlone {
            return Leases.begin(term: term, limits: limits, on: shared, as: site.replica, logger: site.logger)
        }
        return try await Leases.begin(term: term, limits: limits, ledger: ledger, logger: site.logger)
    }
}
