// A participant of the bus: it calls services, answers calls, publishes and subscribes. One loop, one thread, any number of callers.
//
//   init ─> serve(handlers, topics, log, address) ─> call / subscribe … ─> shutDown()
//
// `serve` has bound its sockets when it returns. `shutDown` drains first: it refuses new calls, finishes what is in hand within the
// drain timeout, then closes callers' links, subscriptions, sockets and the loop, in this order. A node is not used after that.

internal import Logging
internal import ZeroMQ

public actor Node {
    private let environment: LoopEnvironment
    private let client: CallClient
    private var server: CallServer?
    private var publisher: EventPublisher?
    private var subscriptions: [Subscription] = []
    private var topics: TopicHandlers?
    private var sweepTimer: TimerID?
    private var pruneTimer: TimerID?
    private let startedAt = ContinuousClock.now
    private var isEnding = false
    package private(set) var wasKilled = false
    private var isShutDown = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe environment.loop.asUnownedSerialExecutor() }
    /// Tasks that prefer it run beside the node's sockets and call it without a hop. They must not block.
    public nonisolated var executor: any TaskExecutor { environment.loop }
    public nonisolated var configuration: NodeConfiguration { environment.configuration }
    /// Which life of this node.
    public nonisolated var epoch: UInt64 { environment.epoch }

    /// Starts the node's loop.
    ///
    /// - Throws: Where the operating system has no more threads or sockets to give, and `Failure` where a service of the directory could
    ///   be reached only in the clear.
    public init(_ configuration: NodeConfiguration, context: BusContext) throws {
        environment = LoopEnvironment(
            loop: try PollLoop(name: "bus-\(configuration.name)"),
            bus: context,
            configuration: configuration,
            epoch: .random(in: 1...(.max))
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
    /// - Returns: The address as bound.
    /// - Throws: Where an endpoint cannot be bound or the log cannot be read; shut the node down then.
    @discardableResult  // the address is the one given, unless the kernel chose
    public func serve(
        _ handlers: Handlers,
        topics: [TopicDescription] = [],
        log: (any EventLog)? = nil,
        at address: ServiceAddress
    ) async throws -> ServiceAddress {
        precondition(server == nil, "a node serves once")
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

    private nonisolated func run(
        _ slot: UInt64,
        _ entry: Handlers.Entry,
        _ payload: ArraySlice<UInt8>,
        _ context: CallContext
    ) -> Task<Void, Never> {
        // Begins at once: a task that had to queue first would cost as much again as a small handler.
        Task.immediate(executorPreference: environment.loop) {
            let result = await Self.result(of: entry, payload, context, self.environment.logger)
            // Most handlers end where they began, beside the sockets.
            if self.environment.loop.isCurrent {
                self.finishHere(slot, result)
            } else {
                await self.finish(slot, result)
            }
        }
    }

    private func finish(_ slot: UInt64, _ result: Result<[UInt8], Failure>) { server?.finish(slot, result) }

    /// On the loop's thread only.
    private nonisolated func finishHere(_ slot: UInt64, _ result: Result<[UInt8], Failure>) {
        assumeIsolated { $0.finish(slot, result) }
    }

    private static func result(
        of entry: Handlers.Entry,
        _ payload: ArraySlice<UInt8>,
        _ context: CallContext,
        _ logger: Logger
    ) async -> Result<[UInt8], Failure> {
        do {
            return .success(
                try await CallContext.$current.withValue(context) { try await entry.body(payload, context) }
            )
        } catch let failure as Failure {
            // What a service behind this one has said: this one does not drain, and has begun.
            return .failure(failure.code == .draining ? Failure(.unavailable, failure.detail) : failure)
        } catch is CancellationError {
            return .failure(Failure(.cancelled, "The call was cancelled."))
        } catch {
            logger.error(
                "a handler failed",
                metadata: [
                    "bus.operation": "\(context.operation)", "trace": "\(context.trace.traceID)", "error": "\(error)",
                ]
            )
            return .failure(
                Failure(.internalError, "The service could not do this. Trace id: \(context.trace.traceID).")
            )
        }
    }

    private func withBuiltins(
        _ handlers: Handlers,
        topics: [TopicDescription],
        log: (any EventLog)?,
        trust: Trust?
    ) -> Handlers {
        var all = handlers
        let pong = Pong(service: configuration.name, epoch: epoch)
        let info = ServiceInfo(
            service: configuration.name,
            epoch: epoch,
            wireVersion: Int(Envelope.version),
            operations: handlers.descriptions,
            topics: topics
        )
        all.on(BusOperations.ping) { _, _ in pong }
        all.on(BusOperations.info) { _, _ in info }
        all.on(BusOperations.stats) { [weak self] _, _ in
            guard let self else { throw Failure(.unavailable, "This service has ended.") }
            return await stats()
        }
        let topics = TopicHandlers(log: log, pageBytes: configuration.maxMessageBytes / 2) {
            trust?.mayRead($0, $1) != false
        }
        topics.bind(to: &all)
        self.topics = topics
        return all
    }

    // MARK: Publishing

    private func publish(_ log: any EventLog, by publisher: EventPublisher) async throws {
        let relay = EventRelay(limit: configuration.highWaterMark)
        log.observe { [weak self, loop = environment.loop] events in
            guard relay.add(events) else { return }
            Task(executorPreference: loop) { await self?.publish(relay.take()) }
        }
        // What was committed between the first look and the observer's place.
        for head in try await log.heads() { publisher.advance(to: head) }
        pruneRegularly()
    }

    private func publish(_ load: EventRelay.Load) {
        publisher?.publish(load.events)
        for last in load.heads.values { publisher?.advance(to: last) }
    }

    private func pruneRegularly() {
        guard !isEnding, let log = topics?.log, let register = log.consumers else { return }
        let pruning = Pruning(log, register, configuration.retention)
        pruneTimer = environment.loop.schedule(after: configuration.pruneInterval) { [weak self, environment] in
            Task {
                do { try await pruning.run() } catch {
                    environment.logger.warning("cannot prune the log", metadata: ["error": "\(error)"])
                }
                await self?.pruneRegularly()
            }
        }
    }

    // MARK: Calling

    /// Calls an operation and waits for its result.
    ///
    /// - Parameters:
    ///   - operation: What to call, as it was declared.
    ///   - input: Its input.
    ///   - service: Who answers; the service that the operation names, where nothing is said.
    ///   - principal: For whom; `nil` calls as this peer itself.
    ///   - idempotencyKey: Lets the bus repeat the call safely, and the service recognise the repeat.
    ///   - timeout: At most this long; inside a handler never longer than the handler's own deadline.
    /// - Returns: Its output.
    /// - Throws: `Failure`, or `CancellationError` where the task is cancelled.
    public nonisolated func call<Input, Output>(
        _ operation: Operation<Input, Output>,
        _ input: Input,
        on service: String? = nil,
        as principal: Principal? = nil,
        idempotencyKey: String? = nil,
        timeout: Duration? = nil
    ) async throws -> Output {
        let reply = try await call(
            operation.name,
            payload: try PayloadCoding.encode(input),
            on: service ?? operation.service,
            as: principal,
            idempotencyKey: idempotencyKey,
            isIdempotent: operation.isIdempotent,
            timeout: timeout
        )
        do {
            return try PayloadCoding.decode(Output.self, from: reply)
        } catch {
            throw Failure(.badReply, "\(operation.name) answered with something else than declared: \(error.detail)")
        }
    }

    /// Calls an operation that is known only by name; the payloads are JSON.
    public nonisolated func call(
        _ operation: String,
        payload: [UInt8],
        on service: String? = nil,
        as principal: Principal? = nil,
        idempotencyKey: String? = nil,
        isIdempotent: Bool = false,
        deadline: Deadline? = nil,
        timeout: Duration? = nil,
        trace: TraceContext? = nil
    ) async throws -> ArraySlice<UInt8> {
        let current = CallContext.current
        let latest = deadline ?? .after(timeout ?? configuration.callTimeout)
        let call = RawCall(
            service: service ?? serviceName(ofOperation: operation),
            operation: operation,
            payload: payload,
            principal: try principal.map { try PayloadCoding.encode($0) },
            idempotencyKey: idempotencyKey,
            deadline: current.map { min(latest, $0.deadline) } ?? latest,
            trace: trace ?? current?.trace ?? .begin(),
            isIdempotent: isIdempotent
        )
        try call.checkSize(limit: configuration.maxMessageBytes)
        return try await perform(call)
    }

    private nonisolated func perform(_ call: RawCall) async throws -> ArraySlice<UInt8> {
        var repeats = 0
        while true {
            // A caller that runs beside the sockets gets there without a hop.
            let outcome = environment.loop.isCurrent ? await attemptHere(call) : await attempt(call)
            if case .reply(let payload) = outcome { return payload }
            guard let failure = outcome.failure else { throw CancellationError() }
            try Task.checkCancellation()
            guard call.mayRepeat(after: outcome), !call.deadline.hasPassed, repeats < 8 else { throw failure }
            // The first repeat goes elsewhere at once; later ones wait, lest a sick service is made sicker.
            if repeats > 0 {
                try await Task.sleep(for: LinkState.backOff(failures: repeats, jitter: .random(in: 0...1)))
            }
            repeats += 1
        }
    }

    private func attempt(_ call: RawCall) async -> CallOutcome {
        guard let id = register(call) else { return Self.shutDownOutcome }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { start(id, $0) }
        } onCancel: {
            Task(executorPreference: environment.loop) { await self.cancel(id) }
        }
    }

    /// The same for a task that is on the loop's thread without being isolated to this actor.
    private nonisolated func attemptHere(_ call: RawCall) async -> CallOutcome {
        guard let id = registerHere(call) else { return Self.shutDownOutcome }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { startHere(id, $0) }
        } onCancel: {
            Task(executorPreference: environment.loop) { await self.cancel(id) }
        }
    }

    private static var shutDownOutcome: CallOutcome { .refused(Failure(.unavailable, "This node has shut down.")) }

    private func register(_ call: RawCall) -> UInt64? { isShutDown ? nil : client.register(call) }

    private nonisolated func registerHere(_ call: RawCall) -> UInt64? {
        assumeIsolated { $0.register(call) }
    }

    private nonisolated func startHere(_ id: UInt64, _ continuation: CheckedContinuation<CallOutcome, Never>) {
        assumeIsolated { $0.start(id, continuation) }
    }

    private func start(_ id: UInt64, _ continuation: CheckedContinuation<CallOutcome, Never>) {
        client.start(id) { continuation.resume(returning: $0) }
    }

    private func cancel(_ id: UInt64) { client.cancel(id) }

    // MARK: Subscribing

    /// Subscribes to a topic, or with `sequence.*` to all of a publisher's topics that begin so.
    ///
    /// - Parameters:
    ///   - pattern: The topic, or what topics begin with and a star.
    ///   - publisher: The service that publishes it.
    ///   - consumer: A name (1 to 128 ASCII letters, digits, `.`, `-`, `_`) under which the publisher keeps what was acknowledged: it shows
    ///     how far this consumer lags, and does not prune what it still needs. One subscriber at a time uses it.
    ///   - start: Where to begin.
    /// - Returns: The subscription, which listens already.
    /// - Throws: `Failure` with `unavailable` where the topology names no such publisher.
    public func subscribe(
        _ pattern: String,
        publisher: String,
        as consumer: String? = nil,
        from start: StartingPoint
    ) async throws -> Subscription {
        guard let address = configuration.directory[publisher]?.first else {
            throw Failure(.unavailable, "The topology names no service \"\(publisher)\".")
        }
        let subscription = Subscription(
            pattern,
            of: publisher,
            from: start,
            as: consumer,
            endpoint: address.events,
            environment: environment,
            publisher: PublisherCalls(publisher, by: self)
        )
        var open: [Subscription] = []
        for each in subscriptions where await !each.isClosed { open.append(each) }
        subscriptions = open + [subscription]
        await subscription.begin()
        return subscription
    }

    /// Subscribes to a declared topic.
    public func subscribe<Payload>(
        _ topic: Topic<Payload>,
        as consumer: String? = nil,
        from start: StartingPoint
    ) async throws -> Subscription {
        try await subscribe(topic.name, publisher: topic.publisher, as: consumer, from: start)
    }

    /// Where a declared topic stands, asked of its publisher.
    ///
    /// - Throws: `Failure`.
    public nonisolated func head<Payload>(of topic: Topic<Payload>) async throws -> TopicHead {
        try await PublisherCalls(topic.publisher, by: self).replay(ReplayRequest(topic: topic.name, from: 1, limit: 0))
            .head
    }

    // MARK: Looking in

    /// What this node can say of itself.
    public func stats() async -> ServiceStats {
        var held: [SubscriptionStats] = []
        for subscription in subscriptions { held += await subscription.stats }
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
            listeners: [server?.listener.stats, publisher?.listenerStats].compactMap { $0 }
        )
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

extension CallOutcome {
    fileprivate var failure: Failure? {
        switch self {
        case .reply: nil
        case .refused(let failure), .lost(let failure): failure
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
            rejectedHandshakes: rejectedHandshakes
        )
    }
}
