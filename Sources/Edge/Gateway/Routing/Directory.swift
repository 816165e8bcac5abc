// Who is there and what they answer: asks each service of the topology for its `info`, mounts what it learns, and keeps asking.
//
//     (unmet) ──info, a link from each loop──> met, epoch known ──ping: another epoch──> info again, routes replaced
//        └── not there: again after a pause                              └── not there: routes stay, calls answer `unavailable` by themselves
//
// Readers take the table as it is at that moment; nobody waits for anybody. `run` lasts until it is cancelled.

internal import Bus
import Foundation
internal import Logging
internal import Synchronization
internal import Topology

final class Directory: Sendable {
    /// The table and what is derived from it, replaced as one.
    struct Snapshot: Sendable {
        /// What is told of the operations at an origin, written when somebody first asks: services are met one after the other, and what would
        /// be told between two of them nobody reads.
        final class Description: Sendable {
            private enum Kind { case openAPI, docs, postman }

            private let operations: [MountedOperation]
            private let topics: [MountedTopic]
            private let scenarios: [PostmanScenario]
            private let written = Mutex<[Kind: [UInt8]]>([:])
            private let explained = Mutex<[String: [UInt8]]?>(nil)

            init(_ operations: [MountedOperation], _ topics: [MountedTopic], _ scenarios: [PostmanScenario]) {
                (self.operations, self.topics, self.scenarios) = (operations, topics, scenarios)
            }

            var openAPI: [UInt8] { once(.openAPI) { OpenAPI.document(operations, topics) } }
            var docs: [UInt8] { once(.docs) { DocsPage.html(operations, topics) } }
            var postman: [UInt8] { once(.postman) { Postman.collection(operations, topics, scenarios) } }

            /// The explanations of errors, by path.
            var problems: [String: [UInt8]] {
                explained.withLock { known in
                    let pages = known ?? ProblemPages.all(operations)
                    known = pages
                    return pages
                }
            }

            private func once(_ kind: Kind, _ write: () -> [UInt8]) -> [UInt8] {
                written.withLock { known in
                    if let text = known[kind] { return text }
                    let text = write()
                    known[kind] = text
                    return text
                }
            }
        }

        let table: RouteTable
        /// The topics that can be followed at the edge, by name.
        let topics: [String: MountedTopic]
        private let main: Description
        private let own: [String: Description]
        private let scenarios: [PostmanScenario]

        init(_ table: RouteTable, _ topics: [String: MountedTopic], _ scenarios: [PostmanScenario]) {
            self.table = table
            self.topics = topics
            self.scenarios = scenarios
            let told = topics.values.sorted { $0.name < $1.name }
            main = Description(table.operations, told, scenarios)
            let services = table.services.map { service in
                let operations = (service.router?.operations ?? []).map(\.withoutPrefix)
                return (service.name, Description(operations, told.filter { $0.service == service.name }, scenarios))
            }
            own = Dictionary(uniqueKeysWithValues: services)
        }

        /// With what is mounted now.
        func with(_ table: RouteTable, _ topics: [String: MountedTopic]) -> Snapshot {
            Snapshot(table, topics, scenarios)
        }

        /// The main origin's where `origin` is nil.
        func description(at origin: String?) -> Description { origin.flatMap { own[$0] } ?? main }
    }

    private let nodes: Nodes
    private let services: [String]
    private let logger: Logger
    private let pause: Duration
    private let snapshot: Mutex<Snapshot>
    /// How often in a row a service did not answer.
    private let silences = Mutex<[String: Int]>([:])
    /// What each says of itself, as it last did.
    private let told = Mutex<[String: Vitals]>([:])
    /// Of the services with several replicas, whether each of these can be asked, as the links to them last stood.
    private let standings = Mutex<[String: [Bool]]>([:])
    private let watchers = Mutex<[UUID: AsyncStream<Void>.Continuation]>([:])

    /// The `scenarios` are the Postman collection's; `pause` lies between two questions to the same service.
    init(
        _ topology: Topology,
        nodes: Nodes,
        scenarios: [PostmanScenario] = [],
        logger: Logger,
        pause: Duration = .seconds(1)
    ) {
        self.nodes = nodes
        self.logger = logger
        self.pause = pause
        services = topology.services.map(\.name)
        snapshot = Mutex(Snapshot(RouteTable(topology.services), [:], scenarios))
    }

    var current: Snapshot { snapshot.withLock { $0 } }
    var table: RouteTable { snapshot.withLock { $0.table } }

    /// Once may be a lost frame or a busy machine.
    private static let mostSilences = 2

    /// The services that cannot be asked now, and why.
    var missing: [(service: String, why: String)] {
        let unmet = Set(table.unmet)
        let silences = silences.withLock { $0 }
        return services.compactMap { service in
            if unmet.contains(service) { return (service, "has not been met yet") }
            return silences[service, default: 0] >= Self.mostSilences ? (service, "does not answer") : nil
        }
    }

    /// What services that answer say of themselves, by name.
    var vitals: [String: Vitals] { told.withLock { $0 } }

    /// The replicas of each service that has several.
    var replicas: [ReplicaStanding] {
        standings.withLock { $0 }.map { ReplicaStanding(service: $0.key, isThere: $0.value) }
            .sorted { $0.service < $1.service }
    }

    /// Those that must not be relied on now, and why: they cannot be asked, or say so themselves.
    var unreliable: [(service: String, why: String)] {
        let missing = missing
        let troubled = vitals.compactMap { service, vitals in vitals.trouble.map { (service: service, why: $0) } }
        return missing
            + troubled.filter { told in !missing.contains { $0.service == told.service } }
            .sorted { $0.service < $1.service }
    }

    /// Returns once every service has been met, or at once where the task is cancelled.
    func waitUntilComplete() async {
        for await _ in changes() where table.unmet.isEmpty { return }
    }

    /// One element now, and one after each change of the table.
    func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id = UUID()
        watchers.withLock { $0[id] = continuation }
        continuation.onTermination = { [weak self] _ in self?.watchers.withLock { $0[id] = nil } }
        continuation.yield()
        return stream
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            for service in services { group.addTask { await self.follow(service) } }
        }
    }

    private func follow(_ service: String) async {
        var epochs: Set<UInt64> = []
        while !Task.isCancelled {
            // Replicas answer in turn: only an epoch that was never seen is a life that may have other operations.
            let pong = await self.ping(service, by: nodes.first)
            let epoch = pong?.epoch
            if let pong { told.withLock { $0[service] = pong.vitals?.presentable } }
            await lookAtReplicas(of: service)
            silences.withLock { $0[service] = epoch == nil ? $0[service, default: 0] + 1 : 0 }
            if let epoch, !epochs.contains(epoch), let info = await meet(service) {
                epochs = epochs.count < 64 ? epochs.union([epoch, info.epoch]) : [epoch, info.epoch]
            }
            // A service that is not there is asked again sooner: somebody may be waiting for it.
            try? await Task.sleep(for: epochs.isEmpty ? pause / 4 : pause)
        }
    }

    private func lookAtReplicas(of service: String) async {
        let node = nodes.first
        let replicas = node.configuration.directory[service] ?? []
        guard replicas.count > 1 else { return }
        let ready = await node.stats().links.filter { $0.service == service && $0.isReady }.map(\.endpoint)
        standings.withLock { $0[service] = replicas.map { ready.contains($0.calls) } }
    }

    private func ping(_ service: String, by node: Node) async -> Pong? {
        try? await node.call(BusOperations.ping, Empty(), on: service, timeout: .seconds(2))
    }

    private func meet(_ service: String) async -> ServiceInfo? {
        do {
            let info = try await nodes.first.call(BusOperations.info, Empty(), on: service, timeout: .seconds(2))
            await introduce(service)
            mount(info, of: service)
            return info
        } catch {
            logger.warning(
                "a service could not describe itself",
                metadata: ["service": "\(service)", "error": "\(error)"]
            )
            return nil
        }
    }

    /// Has every loop make its own link before requests come: the first of them on a loop pays for no handshake, and does not wait for a
    /// service that stands still by then.
    private func introduce(_ service: String) async {
        await withDiscardingTaskGroup { group in
            for node in nodes.others { group.addTask { _ = await self.ping(service, by: node) } }
        }
    }

    private func mount(_ info: ServiceInfo, of service: String) {
        let refused = snapshot.withLock { snapshot in
            var table = snapshot.table
            let refused = table.mount(info.operations, of: service)
            snapshot = snapshot.with(table, Self.topics(snapshot.topics, with: info, of: service))
            return refused
        }
        for reason in refused {
            logger.warning("a route was refused", metadata: ["service": "\(service)", "reason": "\(reason)"])
        }
        logger.info("mounted a service", metadata: ["service": "\(service)"])
        for watcher in watchers.withLock({ $0.values }) { watcher.yield() }
    }

    /// The topics of all, where a service says which are its own; another's it cannot have.
    private static func topics(_ known: [String: MountedTopic], with info: ServiceInfo, of service: String)
        -> [String: MountedTopic]
    {
        var topics = known.filter { $0.value.service != service }
        for description in info.topics where topics[description.name] == nil {
            guard let access = description.access, access != .peer else { continue }
            topics[description.name] = MountedTopic(service: service, description: description)
        }
        return topics
    }
}
