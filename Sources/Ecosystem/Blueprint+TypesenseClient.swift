// The Typesense Client, assembled: an engine, and an indexer that follows Service A's changes into it.

import Bus
import Contracts
import HTTPClient
import Logging
import Storage
import Topology
import TypesenseClient

extension Blueprint {
    static func typesenseClient(_ assembly: Assembly) throws -> Blueprint {
        let engine = try engine(assembly)
        let logger = assembly.logger(for: "typesense_client")
        let health = IndexHealth(.starting)
        let watch = IndexWatch(every: assembly.topology.search.checkInterval)
        var blueprint = Blueprint(
            handlers: TypesenseClient.handlers(engine: engine, health: health, limits: limits(assembly))
        )
        if let engine = engine as? TypesenseEngine { blueprint.check = { try await engine.refuseForeign() } }
        let batch = assembly.topology.search.batch
        blueprint.background = { node in
            let current = CurrentSubscription()
            let present = PresentElements(node, pageSize: min(batch, PageLimitBounds.range.upperBound))
            let indexer = Indexer(engine, present: present, health: health, watch: watch, logger: logger)
            try await indexer.run { checkpoint in
                let subscription = try await node.subscribe(
                    SequenceOperations.changed,
                    as: SearchOperations.service,
                    from: checkpoint.map { .checkpoint(epoch: $0.epoch, next: $0.offset + 1) } ?? .offset(1)
                )
                await current.replace(with: subscription)
                return Indexer.Source {
                    try await subscription.nextOnceAllowed(logger)
                } acknowledge: {
                    await subscription.acknowledge($0)
                } head: {
                    let head = try await node.head(of: SequenceOperations.changed)
                    return Checkpoint(epoch: head.epoch, offset: head.head)
                }
            }
        }
        return blueprint
    }

    private static func limits(_ assembly: Assembly) -> SearchLimits {
        var limits = SearchLimits()
        let search = assembly.topology.search
        (limits.hits, limits.wait) = (search.maxHits, search.maxWait)
        (limits.lexicon.steps, limits.lexicon.words) = (search.typoSteps, search.typoWords)
        return limits
    }

    private static func engine(_ assembly: Assembly) throws -> any SearchEngine {
        switch assembly.topology.search.engine {
        case .builtin:
            try BuiltInEngine(
                assembly.layout.database("typesense_client"),
                collection: assembly.topology.search.collection
            )
        case .typesense(let urls, let apiKeyFile): try typesense(urls, apiKeyFile, assembly)
        }
    }

    private static func typesense(_ urls: [String], _ keyFile: String, _ assembly: Assembly) throws -> any SearchEngine
    {
        let topology = assembly.topology
        let names = TypesenseNames(
            collection: topology.search.collection,
            prefix: topology.search.prefix ?? "\(topology.name)_",
            ecosystem: topology.name
        )
        let apiKey = try assembly.secret(in: keyFile, "search.api_key_file")
        var configuration = TypesenseConfiguration(nodes: urls, apiKey: apiKey, names: names)
        (configuration.importSize, configuration.nodeRest) = (topology.search.batch, topology.search.nodeRest)
        let transport = ClientTransport(HTTPClient())
        return try TypesenseEngine(
            configuration,
            ledger: assembly.layout.database("typesense_client"),
            transport: transport
        )
    }
}

/// The subscription that the indexer reads from; the one before it is closed.
private actor CurrentSubscription {
    private var subscription: Subscription?

    func replace(with next: Subscription) async {
        await subscription?.close()
        subscription = next
    }
}

extension Subscription {
    /// The next events. A right that is missing may come with a reload of the peers, so the service stays, and says what is missing.
    fileprivate func nextOnceAllowed(_ logger: Logger) async throws -> [Event]? {
        while true {
            do { return try await next() } catch let failure as Failure where failure.code == .forbidden {
                logger.error("may not follow the changes", metadata: ["reason": "\(failure.detail)"])
                try await Task.sleep(for: .seconds(2))
            }
        }
    }
}
