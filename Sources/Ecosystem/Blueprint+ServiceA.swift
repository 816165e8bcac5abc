// Service A, assembled: elements in SQLite, their changes published.

import Bus
import Contracts
import ServiceA

extension Blueprint {
    static func serviceA(_ assembly: Assembly) throws -> Blueprint {
        let store = try DatabaseSequenceStore(assembly.layout.store("service_a"))
        var blueprint = Blueprint(
            handlers: ServiceA.handlers(store: store),
            topics: [SequenceOperations.changed.description],
            log: store.events
        )
        blueprint.background = { _ in try await Sweeping.run(store) }
        blueprint.close = { await store.close() }
        return blueprint
    }
}
