// What a node answers and publishes: handlers as tasks, the built-in operations, and the log's events on their way to the sockets.

internal import Logging
internal import ZeroMQ

extension Node {
    nonisolated func run(
        _ slot: UInt64,
        _ body: @escaping CallServer.SuspendingBody,
        _ payload: ArraySlice<UInt8>,
        _ context: CallContext
    ) -> Task<Void, Never> {
        // Begins at once: a task that had to queue first would cost as much again as a small handler.
        Task.immediate(executorPreference: environment.loop) {
            let result = await self.result(of: body, payload, context)
            // Most handlers end where they began, beside the sockets.
            if self.environment.loop.isCurrent {
                self.finishHere(slot, result)
            } else {
                await self.finish(slot, result)
            }
        }
    }

    private func finish(_ slot: UInt64, _ result: HandlerResult) { server?.finish(slot, result) }

    /// On the loop's thread only.
    private nonisolated func finishHere(_ slot: UInt64, _ result: HandlerResult) {
        assumeIsolated { $0.finish(slot, result) }
    }

    private nonisolated(nonsending) func result(
        of body: CallServer.SuspendingBody,
        _ payload: ArraySlice<UInt8>,
        _ context: CallContext
    ) async -> HandlerResult {
        do {
            return .success(try await CallContext.$current.withValue(context) { try await body(payload, context) })
        } catch {
            return HandlerResult(throwing: error, in: context, environment.logger)
        }
    }

    func withBuiltins(
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
        if let vitals {
            all.on(BusOperations.ping) { _, _ in
                var pong = pong
                pong.vitals = await vitals()
                return pong
            }
        } else {
            all.on(BusOperations.ping) { _, _ in pong }
        }
        // Written once: it is asked by anybody, and takes longer to write than to send.
        let written = Result { try PayloadCoding.encode(info) }
        all.on(BusOperations.writtenInfo) { _, _ in RawPayload(try written.get()) }
        all.on(BusOperations.stats) { [weak self] _, _ in
            guard let self else { throw Failure(.unavailable, "This service has ended.") }
            return await stats()
        }
        let (spans, name) = (environment.spans, configuration.name)
        all.on(BusOperations.spans) { query, _ in try spans.page(query, of: name) }
        let versions = Dictionary(topics.map { ($0.name, $0.version ?? 1) }) { $1 }
        let topics = TopicHandlers(
            log: log,
            pageBytes: configuration.pageBytes,
            consumersPerPeer: configuration.limits.consumersPerPeer,
            rights: TopicRights(trust, names: Set(configuration.directory.keys).union([configuration.name])),
            versions: versions
        )
        topics.bind(to: &all)
        self.topics = topics
        return all
    }

    // MARK: Publishing

    func publish(_ log: any EventLog, by publisher: EventPublisher) async throws {
        let relay = EventRelay(limit: configuration.highWaterMark)
        log.observe { [weak self, loop = environment.loop] events in
            guard relay.add(events) else { return }
            Task(executorPreference: loop) { await self?.publish(relay.take()) }
        }
        // What was committed between the first look and the observer's place.
        for head in try await log.heads() { publisher.advance(to: head) }
        if log.isShared { askRegularly(log, publisher) }
        pruneRegularly()
    }

    private func askRegularly(_ log: any EventLog, _ publisher: EventPublisher) {
        publisher.askHeads = { [weak self, loop = environment.loop] in
            Task(executorPreference: loop) { await self?.learn(try? await log.heads()) }
        }
    }

    private func learn(_ heads: [TopicHead]?) { publisher?.learn(heads) }

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
}
