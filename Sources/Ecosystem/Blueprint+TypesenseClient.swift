// The Typesense Client, assembled: an engine, and an indexer that follows Service A's changes into it.

import Bus
import Contracts
import FountainService
import HTTPClient
import Logging
import Storage
import Synchronization
import Topology
import TypesenseClient

extension Blueprint {
    static func typesenseClient(_ assembly: Assembly) -> Blueprint {
        Blueprint(SearchOperations.service) { site in
            let layout = assembly.host.layout
            let name = DataLayout.name(of: SearchOperations.service, replica: site.replica)
            let engine = try IndexPair(IndexPointer(layout.database("\(name)_pointer"))) { side in
                try index(assembly, site.replica, layout.database(side.name(name)), side)
            }
            let record = RebuildRecord()
            let health = IndexHealth(.starting)
            let watch = IndexWatch(every: site.topology.search.checkInterval)
            let (batch, pause) = (site.topology.search.batch, site.topology.search.verifyInterval)
            let present = PresentElements(site.node, pageSize: min(batch, PageLimitBounds.range.upperBound))
            let verifier = IndexVerifier(engine, against: present, health: health, logger: site.logger)
            let producers = try producers(assembly, layout.database("\(name)_producers"))
            var parts = ServiceParts(
                handlers: TypesenseClient.handlers(
                    engine: engine,
                    health: health,
                    limits: limits(assembly),
                    producers: producers
                )
            )
            TypesenseClient.bind(verifier, health, to: &parts.handlers)
            TypesenseClient.bind(engine, record, to: &parts.handlers)
            parts.check = { try await engine.refuseForeign() }
            parts.vitals = { node in
                let followed = await node.followed().first { $0.topic == SequenceOperations.changed.name }
                return health.vitals(head: followed?.head, parked: try? await engine.parkedCount())
            }
            parts.background = { _ in
                let keeper = IndexKeeper(
                    engine,
                    present: present,
                    health: health,
                    record: record,
                    watch: watch,
                    verify: { try await verifier.run(every: pause) },
                    logger: site.logger
                )
                // Ends with the task: when there is nothing to follow any more, it is cancelled.
                async let _ = producers.keep(every: site.topology.search.checkInterval)
                try await follow(keeper, site)
            }
            return parts
        }
    }

    /// The name under which a replica follows; each keeps an index, and so a place, of its own.
    private static func consumer(_ replica: Int) -> String {
        replica == 1 ? SearchOperations.service : "\(SearchOperations.service).\(replica)"
    }

    private static func follow(_ keeper: IndexKeeper, _ site: Site) async throws {
        let (node, logger, consumer) = (site.node, site.logger, consumer(site.replica))
        let readers = [IndexKeeper.Reader.shown: CurrentSubscription(), .beside: CurrentSubscription()]
        let taken = TakenEvents(SequenceOperations.service, node.spans)
        try await keeper.run { checkpoint, reader in
            let isShown = reader == .shown
            let subscription = try await node.subscribe(
                SequenceOperations.changed,
                as: isShown ? consumer : nil,
                from: checkpoint.map { .checkpoint(epoch: $0.epoch, next: $0.offset + 1) } ?? .offset(1)
            )
            await readers[reader]?.replace(with: subscription)
            return Indexer.Source {
                let events = try await subscription.nextOnceAllowed(logger)
                return isShown ? taken.note(events) : events
            } acknowledge: {
                guard isShown else { return }
                taken.settle(upTo: $0.offset)
                await subscription.acknowledge($0)
            } head: {
                let head = try await node.head(of: SequenceOperations.changed)
                return Checkpoint(epoch: head.epoch, offset: head.head)
            }
        } close: {
            await readers[$0]?.replace(with: nil)
        }
    }

    private static func limits(_ assembly: Assembly) -> SearchLimits {
        var limits = SearchLimits()
        let search = assembly.topology.search
        (limits.hits, limits.found, limits.wait) = (search.maxHits, search.maxFound, search.maxWait)
        (limits.lexicon.steps, limits.lexicon.words) = (search.typoSteps, search.typoWords)
        return limits
    }

    private static func index(
        _ assembly: Assembly,
        _ replica: Int,
        _ database: DatabaseLocation,
        _ side: IndexSide
    ) throws -> any ReplaceableIndex {
        switch assembly.topology.search.engine {
        case .builtin: try BuiltInEngine(database, collection: assembly.topology.search.collection)
        case .typesense(let urls, let keyFile):
            try typesense(try reach(urls, keyFile, assembly), assembly, replica, database, side)
        }
    }

    private static func typesense(
        _ reached: (TypesenseConfiguration, RestingTransport),
        _ assembly: Assembly,
        _ replica: Int,
        _ database: DatabaseLocation,
        _ side: IndexSide
    ) throws -> any ReplaceableIndex {
        var (configuration, transport) = reached
        configuration.names = TypesenseNames(
            collection: assembly.topology.search.collection,
            prefix: assembly.searchPrefix,
            ecosystem: assembly.topology.name,
            replica: replica,
            side: side
        )
        return try TypesenseEngine(configuration, ledger: database, transport: transport)
    }

    /// Typesense, as the elements and everybody else's documents are brought there.
    private static func reach(
        _ urls: [String],
        _ keyFile: String,
        _ assembly: Assembly
    ) throws -> (TypesenseConfiguration, RestingTransport) {
        let topology = assembly.topology
        let names = TypesenseNames(
            collection: topology.search.collection,
            prefix: assembly.searchPrefix,
            ecosystem: topology.name
        )
        let apiKey = try assembly.secret(in: keyFile, "search.api_key_file")
        var configuration = TypesenseConfiguration(nodes: urls, apiKey: apiKey, names: names)
        configuration.searchKey = try topology.search.searchKeyFile.map {
            try assembly.secret(in: $0, "search.search_key_file")
        }
        (configuration.importSize, configuration.nodeRest) = (topology.search.batch, topology.search.nodeRest)
        // Who answers a question answers all at once: until then it says nothing.
        configuration.timeout = topology.search.stallTimeout
        var client = HTTPClient.Configuration()
        client.connectTimeout = topology.search.connectTimeout
        client.stallTimeout = topology.search.stallTimeout
        return (configuration, RestingTransport(ClientTransport(HTTPClient(client))))
    }

    // MARK: Documents of others

    private static func producers(_ assembly: Assembly, _ database: DatabaseLocation) throws -> Producers {
        let search = assembly.topology.search
        var limits = ProducerLimits()
        (limits.collections, limits.fields, limits.documents) = (
            search.maxCollections, search.maxFields, search.maxDocuments
        )
        (limits.documentBytes, limits.imported) = (search.documentSize, search.maxImport)
        let refusal = refusal(assembly.topology.service(.typesenseClient)?.replicas.count ?? 1)
        guard case .typesense(let urls, let keyFile) = search.engine else {
            return try Producers(database, elements: search.collection, limits: limits, refusal: refusal)
        }
        let (configuration, transport) = try reach(urls, keyFile, assembly)
        return try Producers(database, elements: search.collection, limits: limits, refusal: refusal) { store in
            TypesenseProducerIndex(
                configuration,
                prefix: assembly.searchPrefix,
                ecosystem: assembly.topology.name,
                transport: transport,
                store: store
            )
        }
    }

    /// Replicas keep an index each: what is written to one would not be found in another.
    private static func refusal(_ replicas: Int) -> Failure? {
        guard replicas > 1 else { return nil }
        return Failure(
            .conflict,
            "\(replicas) replicas of the Typesense Client keep an index each: what is written to one by hand would not be found in the others."
        )
    }
}

extension Assembly {
    /// What stands before the name of each collection in Typesense.
    fileprivate var searchPrefix: String { topology.search.prefix ?? "\(topology.name)_" }
}

/// Events between their delivery and their effect, for who asks where a request's time went.
private final class TakenEvents: Sendable {
    private struct Taken {
        let offset: UInt64
        let trace: TraceContext
        let topic: String
        let at: ContinuousClock.Instant
        /// From its commit.
        let waited: Duration
    }

    private let publisher: String
    private let spans: SpanRing
    private let events = Mutex<[Taken]>([])

    init(_ publisher: String, _ spans: SpanRing) { (self.publisher, self.spans) = (publisher, spans) }

    /// What was taken and not settled before is delivered again, or never.
    func note(_ batch: [Event]?) -> [Event]? {
        let (now, wall) = (ContinuousClock.now, Deadline.now.microseconds)
        let taken = (batch ?? []).compactMap { event in
            event.trace.map { trace in
                let waited = wall - min(wall, event.committedAt.microseconds)
                let wait = Duration.microseconds(Int64(clamping: waited))
                return Taken(offset: event.offset, trace: trace, topic: event.topic, at: now, waited: wait)
            }
        }
        events.withLock { $0 = taken }
        return batch
    }

    func settle(upTo offset: UInt64) {
        for event in events.withLock({ $0 }) where event.offset <= offset {
            let took = event.at.duration(to: .now)
            let (trace, waited) = (event.trace, event.waited)
            spans.note(.followed, event.topic, with: publisher, trace.next(), parent: trace, queue: waited, took)
        }
        events.withLock { events in events.removeAll { $0.offset <= offset } }
    }
}

/// The subscription that the indexer reads from; the one before it is closed.
private actor CurrentSubscription {
    private var subscription: Subscription?

    func replace(with next: Subscription?) async {
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
