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
        var blueprint = Blueprint(handlers: TypesenseClient.handlers(engine: engine))
        blueprint.background = { node in
            let current = CurrentSubscription()
            try await Indexer(engine, present: PresentElements(node), logger: logger).run { checkpoint in
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
                }
            }
        }
        return blueprint
    }

    private static func engine(_ assembly: Assembly) throws -> any SearchEngine {
        switch assembly.topology.search.engine {
        case .builtin: try BuiltInEngine(assembly.layout.database("typesense_client"))
        case .typesense(let url, let apiKeyFile): try typesense(url, apiKeyFile, assembly)
        }
    }

    private static func typesense(_ url: String, _ keyFile: String, _ assembly: Assembly) throws -> any SearchEngine {
        let configuration = TypesenseConfiguration(
            nodes: [url],
            apiKey: try assembly.secret(in: keyFile, "search.api_key_file"),
            collection: assembly.topology.search.collection
        )
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
