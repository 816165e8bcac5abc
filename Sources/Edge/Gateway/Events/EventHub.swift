// All streams of a gateway, on all its ports: the feeds that they share, the places that they take, and the turns in which logs are read. `run`
// lasts until it is told to finish and the last stream has ended.

internal import Bus
internal import HTTPServer
internal import Logging
internal import Synchronization
internal import Topology

final class EventHub: Sendable {
    private struct State {
        var places: StreamPlaces
        var feeds: [String: TopicFeed] = [:]
        var nextID: UInt64 = 0
    }

    let settings: Topology.Gateway.EventStreams
    let metrics = StreamMetrics()
    private let node: Node
    private let logger: Logger
    private let turns: Turns
    private let state: Mutex<State>
    private let begun: AsyncStream<@Sendable () async -> Void>
    private let beginning: AsyncStream<@Sendable () async -> Void>.Continuation

    /// `most`: streams that there are descriptors for.
    init(_ settings: Topology.Gateway.EventStreams, most: Int, node: Node, logger: Logger) {
        self.settings = settings
        self.node = node
        self.logger = logger
        (begun, beginning) = AsyncStream.makeStream()
        turns = Turns(settings.reads)
        let places = StreamPlaces(
            most: most,
            mostOfClient: settings.maxStreamsPerClient,
            mostOfPrincipal: settings.maxStreamsPerPrincipal
        )
        state = Mutex(State(places: places))
        metrics.places(most)
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            for await stream in begun { group.addTask(operation: stream) }
        }
    }

    /// From now on no stream begins.
    func finish() { beginning.finish() }

    /// Has a stream run beside the others; places bound how many there are. False where the gateway ends.
    func begin(_ stream: @escaping @Sendable () async -> Void) -> Bool {
        if case .enqueued = beginning.yield(stream) { true } else { false }
    }

    // MARK: Places

    /// - Throws: Why there is none.
    func enter(_ holder: StreamPlaces.Holder) throws(Failure) {
        if let refusal = state.withLock({ $0.places.enter(holder) }).refusal { throw refusal }
    }

    func leave(_ holder: StreamPlaces.Holder) { state.withLock { $0.places.leave(holder) } }

    // MARK: Topics

    /// A page of a topic's log, in its turn.
    func page(_ topic: MountedTopic, _ from: LogPosition, _ limit: Int, version: Int?) async throws -> ReplayPage {
        try await turns.take {
            try await node.page(
                of: topic.name,
                publisher: topic.service,
                from: from.offset,
                limit: limit,
                epoch: from.epoch == 0 ? nil : from.epoch,
                version: version ?? 0
            )
        }
    }

    /// A body for a stream, with its goodbye.
    func body(retry: Duration) -> BodyStream {
        let farewell = ServerSentEvent.retry(retry) + StreamEnd.stopping.event
        return BodyStream(capacity: settings.buffer, patience: settings.sendTimeout, farewell: farewell)
    }

    /// A body that only its head is asked of.
    func headBody() -> BodyStream { BodyStream(capacity: 1, patience: settings.sendTimeout) }

    /// Not all at the same moment.
    func retry() -> Duration { settings.retry * Double.random(in: 1...2) }

    /// The feed of those who read this version of it: as many as there have been, since others are refused before. Who reads any has one, too.
    func feed(_ topic: MountedTopic, version: Int?) -> TopicFeed {
        state.withLock { state in
            let name = "\(topic.name) \(version ?? 0)"
            if let feed = state.feeds[name], feed.publisher == topic.service { return feed }
            let feed = TopicFeed(
                topic.name,
                of: topic.service,
                version: version ?? 0,
                node: node,
                memory: settings.memory,
                logger: logger
            )
            state.feeds[name] = feed
            return feed
        }
    }

    func number() -> UInt64 {
        state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
    }
}

/// A topic that can be followed at the edge.
struct MountedTopic: Sendable {
    let service: String
    let description: TopicDescription

    var name: String { description.name }

    /// Following it, as what it is to whoever decides about access and allowances: something that is called by the topic's name.
    var operation: OperationDescription {
        Operation<Empty, Empty>(
            name,
            description.summary,
            access: description.access ?? .peer,
            isIdempotent: true
        ).description
    }
}
