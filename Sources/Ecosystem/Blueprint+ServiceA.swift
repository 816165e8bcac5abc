// Service A, assembled: elements in a store, their changes published.

import Bus
import Contracts
import FountainService
import ServiceA

extension Blueprint {
    static let serviceA = Blueprint(SequenceOperations.service) { site in
        let store = try DatabaseSequenceStore(site.store, now: site.now)
        return ServiceParts(
            handlers: ServiceA.handlers(store: store),
            topics: [SequenceOperations.changed.description],
            log: store.events,
            background: { _ in try await Sweeping.run(store) },
            close: { await store.close() }
        )
    }
}
