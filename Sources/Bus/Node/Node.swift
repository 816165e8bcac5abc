// A participant of the bus: it calls services, answers calls, publishes and subscribes. One loop, one thread, any number of callers.
//
//   init ─> serve(handlers, topics, log, address) ─> call / subscribe … ─> shutDown()
//
// `serve` has bound its sockets when it returns. `shutDown` drains first: it refuses new calls, finishes what is in hand within the
// drain timeout, then closes callers' links, subscriptions, sockets and the loop, in this order. A node is not used after that.
// `Node+Calling` has the way of a call out of it, `Node+Serving` what it answers.

internal import Logging
package import ZeroMQ

/// A participant of the bus, with a loop of its own. Any number of tasks may call through it at the same time.
public actor Node {
    nonisolated let environment: LoopEnvironment
    let client: CallClient
    private(set) var server: CallServer?
    private(set) var publisher: EventPublisher?
    private var subscriptions: [Subscription] = []
    var topics: TopicHandlers?
    private(set) var vitals: (@Sendable () async -> Vitals)?
    private var sweepTimer: TimerID?
    var pruneTimer: TimerID?
    private let startedAt = ContinuousClock.now
    private(set) var isEnding = false
    package private(set) var wasKilled = false
    private(set) var isShutDown = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe environment.loop.asUnownedSerialExecutor() }
    /// Tasks that prefer it run beside the node's sockets and call it without a hop. They must not block.
    public nonisolated var executor: any TaskExecutor { environment.loop }
    /// Where others may live beside the node's sockets (`LoopGuest`).
    package nonisolated var loop: PollLoop { environment.loop }
    /// Whether this is the thread of the node's loop.
    package nonisolated var isHere: Bool { environment.loop.isCurrent }
    /// As it was given; it does not change while the node lives.
    public nonisolated var configuration: NodeConfiguration { environment.configuration }
    /// The clocks of the services that it is connected to.
    package nonisolated var clocks: ClockBoard { environment.clocks }
    /// What it remembers of its calls.
    package nonisolated var spans: SpanRing { environment.spans }
    /// Which life of this node.
    public nonisolated var epoch: UInt64 { environment.epoch }

    /// Starts the node's loop.
    ///
    /// - Throws: Where the operating system has no more threads or sockets to give, and `Failure` where a service of the directory could
    ///   be reached only in the clear.
    public init(_ configuration: NodeConfiguration, context: BusContext) throws {
        environment = LoopEnvironment(
            loop: try PollLoop(name: "bus-\(configuration.name)", busyPoll: configuration.busyPoll),
            bus: context,
            configuration: configuration,
            epoch: .random(in: 1...(.max)),
            spans: configuration.sharedSpans ?? SpanRing(configuration.spans)
        )
        client = CallClient(environment: environment)
        try environment.checkDirectory()
    }

    // A node that nobody holds any more ends with its loop, which closes the sockets; nobody is told goodbye, so shut down instead.
    deinit { environment.loop.stop() }

    // MARK: Serving

    /// Answers calls and publishes topics at an address.
    ///
    /// - Parameters:
    ///   - handlers: What to answer; `ping`, `info`, `stats` and `replay` are added.
    ///   - topics: What `info` says of the topics in the log.
    ///   - log: Where the topics' events are kept; `nil` for a service that publishes nothing.
    ///   - address: Where to listen; `tcp://…:*` lets the kernel choose.
    ///   - vitals: What `ping` and `stats` tell of the service itself.
    /// - Returns: The address as bound.
    /// - Throws: Where an endpoint cannot be bound or the log cannot be read; shut the node down then.
    @discardableResult  // the address is the one given, unless the kernel chose
    public func serve(
        _ handlers: Handlers,
        topics: [TopicDescription] = [],
        log: (any EventLog)? = nil,
        at address: ServiceAddress,
        vitals: (@Sendable () async -> Vitals)? = nil
    ) async throws -> ServiceAddress {
        precondition(server == nil, "a node serves once")
        self.vitals = vitals
        let heads = try await log?.heads() ?? []
        let complete = withBuiltins(
            handlers,
            topics: topics,
            log: log,
            trust: environment.trust(at: address.calls)
        )
        let server = try CallServer(environment: environment, handlers: complete, endpoint: address.calls) {
            [weak self] in
            // Nobody holds the node any more: its loop is about to end, and closes the connection that the call came by.
            self?.run($0, $1, $2, $3) ?? Task {}
        }
        self.server = server
        // Should this throw, `shutDown` closes what stands already.
        let publisher = try EventPublisher(environment: environment, endpoint: address.events, heads: heads)
        self.publisher = publisher
        if let log { try await publish(log, by: publisher) }
        sweepRegularly()
        return ServiceAddress(calls: server.endpoint, events: publisher.endpoint)
    }

    // MARK: Subscribing

    /// Subscribes to a topic, or with `sequence.*` to all of a publisher's topics that begin so.
    ///
    /// - Parameters:
    ///   - pattern: The topic, or what topics begin with and a star.
    ///   - publisher: The service that publishes it.
    ///   - version: The version of the topic that the caller reads; `nil` for any, where events are shown and not understood.
    ///   - consumer: A name (1 to 128 ASCII letters, digits, `.`, `-`, `_`) under which the publisher keeps what was acknowledged: it shows
    ///     how far this consumer lags, and does not prune what it still needs. One subscriber at a time uses it.
    ///   - start: Where to begin.
    /// - Returns: The subscription, which listens already.
    /// - Throws: `Failure` with `unavailable` where the topology names no such publisher.
    public func subscribe(
        _ pattern: String,
        publisher: String,
        version: Int? = nil,
        as consumer: String? = nil,
        from start: StartingPoint
    ) async throws -> Subscription {
        guard let replicas = configuration.directory[publisher], !replicas.isEmpty else {
            throw Failure(.unavailable, "The topology names no service \"\(publisher)\".")
        }
        let subscription = Subscription(
            pattern,
            of: publisher,
            version: version ?? 0,
            from: start,
            as: consumer,
            endpoints: replicas.map(\.events),
            environment: environment,
            publisher: PublisherCalls(publisher, by: self)
        )
        var open: [Subscription] = []
        for each in subscriptions where await !each.isClosed { open.append(each) }
        subscriptions = open + [subscription]
        await subscription.begin()
        return subscription
    }

    /// Subscribes to a declared topic, in the version of the declaration: where the publisher has another, `next` throws `topic_version`.
    public func subscribe<Payload>(
        _ topic: Topic<Payload>,
        as consumer: String? = nil,
        from start: StartingPoint
    ) async throws -> Subscription {
        try await subscribe(
            topic.name,
            publisher: topic.publisher,
            version: topic.version,
            as: consumer,
            from: start
        )
    }

    /// A node like this one that knows one replica of a service only: for who asks each of several how it is. Shut it down.
    ///
    /// - Throws: Where the operating system has no more threads or sockets to give.
    package nonisolated func looking(at replica: ServiceAddress, of service: String) throws -> Node {
        var configuration = configuration
        configuration.directory[service] = [replica]
        return try Node(configuration, context: environment.bus)
    }

    /// Where a declared topic stands, asked of its publisher.
    ///
    /// - Throws: `Failure`.
    public nonisolated func head<Payload>(of topic: Topic<Payload>) async throws -> TopicHead {
        let question = ReplayRequest(topic: topic.name, from: 1, limit: 0, version: topic.version)
        return try await PublisherCalls(topic.publisher, by: self).replay(question).head
    }

    /// One look at a topic's log, asked of its publisher: where it stands, and its events from an offset on.
    ///
    /// - Parameters:
    ///   - topic: Its name.
    ///   - publisher: The service that publishes it.
    ///   - from: The first offset that is wanted.
    ///   - limit: Events at most; 0 asks only where the topic stands.
    ///   - epoch: The life of the topic in which `from` counts; `nil` where none is known yet. Of another one there are no events.
    ///   - version: The version of the topic that is read; 0 for any.
    /// - Returns: The page, which says where the topic stands also where it has no events.
    /// - Throws: `Failure`; with `gone` where `from` is not in the log.
    package nonisolated func page(
        of topic: String,
        publisher: String,
        from: UInt64,
        limit: Int,
        epoch: UInt64? = nil,
        version: Int = 0
    ) async throws -> ReplayPage {
        let question = ReplayRequest(topic: topic, from: from, limit: limit, epoch: epoch, version: version)
        return try await PublisherCalls(publisher, by: self).replay(question)
    }

    // MARK: Looking in

    /// What this node can say of itself.
    public func stats() async -> ServiceStats {
        let held = await followed()
        let uptime = startedAt.duration(to: .now)
        let consumers = await topics?.consumerStats()
        return ServiceStats(
            service: configuration.name,
            uptimeSeconds: Double(uptime.wholeMicroseconds) / 1_000_000,
            outstanding: server?.outstanding ?? 0,
            callers: server?.callerCount ?? 0,
            operations: server?.operationStats ?? [],
            topics: publisher?.stats(consumers) ?? [],
            links: client.allLinks.map(\.stats),
            subscriptions: held,
            listeners: [server?.listenerStats, publisher?.listenerStats].compactMap { $0 },
            vitals: await vitals?()
        )
    }

    /// What this node follows, and how far.
    package func followed() async -> [SubscriptionStats] {
        var held: [SubscriptionStats] = []
        for subscription in subscriptions { held += await subscription.stats }
        return held
    }

    private func sweepRegularly() {
        sweepTimer = environment.loop.schedule(after: configuration.liveness) { [weak self] in
            self?.assumeIsolated { node in
                node.server?.sweep()
                node.sweepRegularly()
            }
        }
    }

    // MARK: Ending

    /// Drains, closes everything and stops the loop. Calls after that fail with `unavailable`.
    public func shutDown() async {
        guard !isEnding else { return }
        isEnding = true
        await drain()
        // Before calls end: each tells its publisher what it has done.
        for subscription in subscriptions { await subscription.close() }
        await close()
        environment.loop.stop()
    }

    /// Ends as a process that is killed does: connections are gone, nobody is told, nothing in hand is finished. For tests.
    package func kill() async {
        guard !isEnding else { return }
        (isEnding, wasKilled) = (true, true)
        for subscription in subscriptions { await subscription.end() }
        await close(silently: true)
        environment.loop.stop()
    }

    private func close(silently: Bool = false) async {
        isShutDown = true
        for timer in [sweepTimer, pruneTimer].compactMap({ $0 }) { environment.loop.cancel(timer) }
        client.close(silently: silently)
        await withCheckedContinuation { closed in
            server?.close(silently: silently) { closed.resume() } ?? closed.resume()
        }
        await withCheckedContinuation { closed in publisher?.close { closed.resume() } ?? closed.resume() }
    }

    private func drain() async {
        guard let server else { return }
        await withCheckedContinuation { continuation in
            var isDone = false
            let finish = {
                if !isDone { continuation.resume() }
                isDone = true
            }
            _ = environment.loop.schedule(after: configuration.drainTimeout, finish)
            server.drain(finish)
        }
    }
}

extension Link {
    fileprivate var stats: LinkStats {
        LinkStats(
            service: service,
            endpoint: endpoint,
            isReady: isReady,
            outstanding: outstanding,
            reconnects: reconnects,
            rejectedHandshakes: rejectedHandshakes,
            clockOffsetSeconds: clock.microseconds.map { Double($0) / 1_000_000 }
        )
    }
}
