// A durable subscription: every event of a topic (or of all topics with a prefix) from an offset on, once each, in order.
//
//   while let events = try await subscription.next() {
//       apply(events)                                        effect and checkpoint, in one transaction where that can be
//       await subscription.acknowledge(events[events.count - 1])
//   }
//
// It pulls: each `next` gives out what is here and has at most two pages a topic fetched meanwhile, so what is held is bounded. Live events
// arrive by SUB, from every replica of the publisher and in whatever order; whatever is missing, for whatever reason, is read from the
// publisher's log by `bus.replay`. A publisher that is away is waited for. What the log has pruned is never passed over: `next`
// throws `gone`. At-least-once for the consumer: acknowledge after the effect; with a checkpoint of its own in the effect's transaction, the effect is exactly-once.

internal import Logging
internal import ZeroMQ

/// One subscriber's place in a topic, or in a family of them. Made by `Node.subscribe`; one task reads it at a time.
public actor Subscription {
    let environment: LoopEnvironment
    let publisher: PublisherCalls
    /// To each replica of the publisher: what one commits, it alone sends.
    let links: [EventLink]
    let start: StartingPoint
    let isPrefix: Bool
    let topic: String
    /// The version that is read; 0 for any.
    let version: Int
    /// The name that the publisher keeps the acknowledgements under; `nil` where none was given, or it keeps none.
    var consumer: String?
    var tails: [String: TopicTail] = [:]
    var order: [String] = []
    var waiters: [CheckedContinuation<Void, Never>] = []
    private(set) var isClosed = false
    /// In a row, by what was asked for: a topic, or a family of them.
    var failures: [String: Int] = [:]
    /// How often the publisher was there, or there again: each time it is asked at once.
    var returns = 0
    /// Runs while the publisher is not to be asked again what a consumer needs before it begins.
    var resting: TimerID?
    /// What is fetched from the log, by topic.
    var refilling: [String: Task<Void, Never>] = [:]
    /// The question behind the one under way, and the topics whose last page was as long as it was asked to be.
    var readingAhead: [String: AskedQuestion] = [:]
    var wholePages: Set<String> = []
    /// What the log refused, for the `next` that finds nothing else of the topic.
    var refusals: [String: any Error] = [:]
    /// Topics of which the publisher has to say where we begin.
    var unsettled: Set<String> = []
    /// Topics whose log has been asked once: without that, a subscriber of a quiet topic would wait for a heartbeat to learn its past.
    var looked: Set<String> = []
    var acknowledgements = Acknowledgements()
    var acknowledging: TimerID?
    var mustAskLeave: Bool
    let isSecured: Bool

    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe environment.loop.asUnownedSerialExecutor() }

    init(
        _ pattern: String,
        of service: String,
        version: Int,
        from start: StartingPoint,
        as consumer: String?,
        endpoints: [String],
        environment: LoopEnvironment,
        publisher: PublisherCalls
    ) {
        self.environment = environment
        self.publisher = publisher
        self.version = version
        self.start = start
        self.consumer = consumer
        let isPrefix = pattern.utf8.last == UInt8(ascii: "*")
        let isSecured = endpoints.contains(where: environment.isSecured)
        (self.isPrefix, self.isSecured) = (isPrefix, isSecured)
        topic = isPrefix ? String(Substring(pattern.utf8.dropLast())) : pattern
        let filter = Array(topic.utf8) + (isPrefix ? [] : [0])
        // A topic's own refill says whether we may have it. Of a family nothing is known but what comes, and what may not come is silent.
        mustAskLeave = isPrefix && isSecured
        links = endpoints.map { EventLink(to: service, endpoint: $0, filter: filter, environment: environment) }
    }

    /// Begins to listen. The node calls it once, on the loop.
    func begin() async {
        for link in links {
            link.onMessage = { [weak self] envelope, topic in self?.assumeIsolated { $0.receive(envelope, topic) } }
            link.onLoss = { [weak self] in self?.assumeIsolated { $0.lookAgain() } }
            link.onReturn = { [weak self] in self?.assumeIsolated { $0.askAtOnce() } }
        }
        if !isPrefix { meet(topic) }
    }

    // MARK: For the consumer

    /// The next events of one topic, in order, at least one; `nil` once the subscription is closed.
    ///
    /// - Throws: `CancellationError` where the task is cancelled. `Failure` with `forbidden` where the topology does not let this peer read
    ///   the topic; with `topic_version` where the publisher's events mean something else; with `gone` where the next event is not in the log any more, again and again until `skip` is called. Where the log
    ///   went back, as one restored from a copy does, `skip` cannot follow it: subscribe anew. A publisher that is away is waited for.
    public func next(limit: Int = 256) async throws -> [Event]? {
        while !isClosed {
            try Task.checkCancellation()
            try await settleStart()
            for name in order {
                let events = tails[name]?.take(limit) ?? []
                goOnReading()
                if events.isEmpty, let refusal = refusals.removeValue(forKey: name) { throw refusal }
                beginRefill(name)
                if !events.isEmpty {
                    rotate()
                    return events
                }
            }
            if mustAskLeave, resting == nil { try await askLeave() }
            await waitForNews()
        }
        return nil
    }

    /// Every event of its topic up to this one has had its effect. The publisher hears of it with the next heartbeat; without a name for
    /// the subscription it does not.
    public func acknowledge(_ event: Event) {
        guard consumer != nil, !isClosed else { return }
        acknowledgements.note(event)
        scheduleAcknowledging()
    }

    /// Gives up what lies before an offset, such as the first one that a `gone` names; of a subscription to several topics, name one.
    public func skip(to offset: UInt64, topic: String? = nil) {
        tails[topic ?? self.topic]?.skip(to: offset)
        refusals[topic ?? self.topic] = nil
        wakeUp()
    }

    /// Ends it, and tells the publisher what was acknowledged; a waiting `next` answers `nil`.
    public func close() async {
        guard !isClosed else { return }
        end()
        if let acknowledging { environment.loop.cancel(acknowledging) }
        await sendAcknowledgements()
    }

    /// Ends it without a word.
    func end() {
        isClosed = true
        for link in links { link.close() }
        for question in refilling.values { question.cancel() }
        for early in readingAhead.values { early.answer.cancel() }
        wakeUp()
    }

    /// Where it stands, for each topic.
    public var stats: [SubscriptionStats] {
        order.compactMap { name in tails[name].map { SubscriptionStats(topic: name, $0) } }
    }

    // MARK: Live

    func receive(_ envelope: Envelope, _ topic: String) {
        meet(topic)
        switch envelope.kind {
        case .event:
            guard let block = EventBlock(envelope, of: topic) else { return }
            _ = tails[topic]?.receive(block)
            if tails[topic]?.isNearlyFull == true { isPaused = true }
        case .head:
            guard let epoch = envelope.epoch else { return }
            _ = tails[topic]?.receiveHead(epoch: epoch, head: envelope.id)
        default: return
        }
        wakeUp()
    }

    /// Reads on where reading was too much for the buffers and is not any more.
    func goOnReading() {
        guard isPaused, tails.values.allSatisfy(\.hasRoomAgain) else { return }
        isPaused = false
    }

    private var isPaused: Bool {
        get { links.contains(where: \.isPaused) }
        set { for link in links { link.isPaused = newValue } }
    }

    func meet(_ name: String) {
        guard tails[name] == nil else { return }
        var tail = newTail(from: 1)
        switch start {
        case _ where consumer != nil, .live, .earliest, .acknowledged: unsettled.insert(name)
        case .offset(let offset): tail.skip(to: offset)
        case .checkpoint(let epoch, let next): tail.resume(epoch: epoch, next: next)
        }
        tails[name] = tail
        order.append(name)
    }

    func newTail(from next: UInt64) -> TopicTail {
        let (events, bytes) = (environment.configuration.eventBuffer, environment.configuration.eventBufferBytes)
        return TopicTail(next: next, capacity: events, bytes: bytes)
    }

    /// Another topic is asked first the next time, so that a busy one starves nobody.
    private func rotate() { order.append(order.removeFirst()) }
}
