// A durable subscription: every event of a topic (or of all topics with a prefix) from an offset on, once each, in order.
//
//   while let events = try await subscription.next() {
//       apply(events)                                        effect and checkpoint, in one transaction where that can be
//       await subscription.acknowledge(events[events.count - 1])
//   }
//
// It pulls: nothing is fetched that nobody asks for, and what is held is bounded. Live events arrive by SUB; whatever is missing, for
// whatever reason, is read from the publisher's log by `bus.replay`. A publisher that is away is waited for. What the log has pruned is
// never passed over: `next` throws `gone`. At-least-once for the consumer: acknowledge after the effect; with a checkpoint of its own in
// the effect's transaction, the effect is exactly-once.

internal import Logging
internal import ZeroMQ

/// Where a subscription begins.
public enum StartingPoint: Sendable, Equatable {
    /// With the events that come to be from now on.
    case live
    /// With the oldest event that is kept.
    case earliest
    /// With this offset; 1 is the beginning.
    case offset(UInt64)
    /// Where an earlier subscriber stopped. If the topic has begun another epoch since, at its beginning.
    case checkpoint(epoch: UInt64, next: UInt64)
    /// Behind what this named consumer has acknowledged to the publisher; with the oldest event for one that is new.
    case acknowledged
}

public actor Subscription {
    private let environment: LoopEnvironment
    private let publisher: PublisherCalls
    private let link: EventLink
    private let start: StartingPoint
    private let isPrefix: Bool
    private let topic: String
    /// The name that the publisher keeps the acknowledgements under; `nil` where none was given, or it keeps none.
    private var consumer: String?
    private var tails: [String: TopicTail] = [:]
    private var order: [String] = []
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private(set) var isClosed = false
    private var failures = 0
    /// Topics of which the publisher has to say where we begin.
    private var unsettled: Set<String> = []
    /// Topics whose log has been asked once: without that, a subscriber of a quiet topic would wait for a heartbeat to learn its past.
    private var looked: Set<String> = []
    private var acknowledgements = Acknowledgements()
    private var acknowledging: TimerID?
    private var mustAskLeave: Bool
    private let isSecured: Bool

    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe environment.loop.asUnownedSerialExecutor() }

    init(
        _ pattern: String,
        of service: String,
        from start: StartingPoint,
        as consumer: String?,
        endpoint: String,
        environment: LoopEnvironment,
        publisher: PublisherCalls
    ) {
        self.environment = environment
        self.publisher = publisher
        self.start = start
        self.consumer = consumer
        let isPrefix = pattern.hasSuffix("*")
        let isSecured = environment.isSecured(endpoint)
        (self.isPrefix, self.isSecured) = (isPrefix, isSecured)
        topic = isPrefix ? String(pattern.dropLast()) : pattern
        let filter = Array(topic.utf8) + (isPrefix ? [] : [0])
        // A topic's own refill says whether we may have it. Of a family nothing is known but what comes, and what may not come is silent.
        mustAskLeave = isPrefix && isSecured
        link = EventLink(to: service, endpoint: endpoint, filter: filter, environment: environment)
    }

    /// Begins to listen. The node calls it once, on the loop.
    func begin() async {
        link.onMessage = { [weak self] envelope, topic in self?.assumeIsolated { $0.receive(envelope, topic) } }
        link.onLoss = { [weak self] in self?.assumeIsolated { $0.lookAgain() } }
        if !isPrefix { meet(topic) }
    }

    // MARK: For the consumer

    /// The next events of one topic, in order, at least one; `nil` once the subscription is closed.
    ///
    /// - Throws: `CancellationError` where the task is cancelled. `Failure` with `forbidden` where the topology does not let this peer read
    ///   the topic; with `gone` where the next event is not in the log any more, again and again until `skip` is called. A publisher
    ///   that is away is waited for.
    public func next(limit: Int = 256) async throws -> [Event]? {
        while !isClosed {
            try Task.checkCancellation()
            try await settleStart()
            for name in order {
                try await refill(name)
                if let events = tails[name]?.take(limit), !events.isEmpty {
                    rotate()
                    return events
                }
            }
            if mustAskLeave { try await askLeave() }
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
        link.close()
        wakeUp()
    }

    /// Where it stands, for each topic.
    public var stats: [SubscriptionStats] {
        order.compactMap { name in tails[name].map { SubscriptionStats(topic: name, $0) } }
    }

    // MARK: Live

    private func receive(_ envelope: Envelope, _ topic: String) {
        meet(topic)
        switch envelope.kind {
        case .event:
            guard let event = Event(envelope) else { return }
            _ = tails[topic]?.receive(event)
        case .head:
            guard let epoch = envelope.epoch else { return }
            _ = tails[topic]?.receiveHead(epoch: epoch, head: envelope.id)
        default: return
        }
        wakeUp()
    }

    private func meet(_ name: String) {
        guard tails[name] == nil else { return }
        var tail = TopicTail(next: 1, capacity: environment.configuration.eventBuffer)
        switch start {
        case _ where consumer != nil, .live, .earliest, .acknowledged: unsettled.insert(name)
        case .offset(let offset): tail.skip(to: offset)
        case .checkpoint(let epoch, let next): tail.resume(epoch: epoch, next: next)
        }
        tails[name] = tail
        order.append(name)
    }

    // MARK: Beginning

    private func settleStart() async throws {
        for name in unsettled {
            guard let (epoch, next) = try await place(in: name), unsettled.remove(name) != nil else { continue }
            var tail = TopicTail(next: next, capacity: environment.configuration.eventBuffer)
            tail.resume(epoch: epoch, next: next)
            tails[name] = tail
        }
    }

    /// Where to begin; `nil` where the publisher is not there.
    private func place(in topic: String) async throws -> (epoch: UInt64, next: UInt64)? {
        if let consumer { return try await join(topic, consumer) }
        guard let head = try await head(of: topic) else { return nil }
        return (head.epoch, start == .live ? head.head + 1 : head.tail)
    }

    private func join(_ topic: String, _ consumer: String) async throws -> (epoch: UInt64, next: UInt64)? {
        guard let request = try await joinRequest(topic, consumer) else { return nil }
        do {
            let standing = try await attempt(topic) { try await self.publisher.join(request) }
            guard let standing else { return nil }
            return (standing.epoch, min(standing.acknowledged, .max - 1) + 1)
        } catch let failure as Failure where failure.code == .unknownOperation {
            environment.logger.warning("this publisher keeps no consumers", metadata: ["bus.topic": "\(topic)"])
            self.consumer = nil
            return nil
        }
    }

    private func joinRequest(_ topic: String, _ consumer: String) async throws -> JoinRequest? {
        let request = JoinRequest(consumer: consumer, topic: topic)
        switch start {
        case .acknowledged: return request
        case .offset(let offset): return request.standing(at: max(1, offset) - 1, nil)
        case .checkpoint(let epoch, let next): return request.standing(at: max(1, next) - 1, epoch)
        case .live, .earliest:
            guard let head = try await head(of: topic) else { return nil }
            return request.standing(at: start == .live ? head.head : head.tail - 1, head.epoch)
        }
    }

    private func head(of topic: String) async throws -> TopicHead? {
        try await attempt(topic) { try await self.publisher.replay(ReplayRequest(topic: topic, from: 1, limit: 0)) }?
            .head
    }

    // MARK: Refill

    private func refill(_ name: String) async throws {
        guard !unsettled.contains(name), let tail = tails[name], let from = tail.needsRefill ?? firstLook(name) else {
            return
        }
        let request = ReplayRequest(topic: name, from: from, limit: tail.room, epoch: tail.epoch)
        guard let page = try await attempt(name, { try await self.publisher.replay(request) }) else { return }
        // A publisher that knows no `gone` begins its page with what it still has.
        if page.head.epoch == tail.epoch ?? page.head.epoch, from < page.head.tail { throw page.head.gone(from) }
        looked.insert(name)
        tails[name]?.refill(page.events, log: page.head, settling: tail.doubt)
        // A log that knows less than what it announced is being restored, or broken: ask again, but not at once.
        if page.events.isEmpty, page.head.epoch == tail.epoch, tails[name]?.needsRefill != nil {
            await pause(.milliseconds(100))
        }
    }

    private func firstLook(_ name: String) -> UInt64? { looked.contains(name) ? nil : tails[name]?.next }

    /// `nil`, after a pause, where it did not work and is worth trying again.
    private func attempt<Answer: Sendable>(
        _ topic: String,
        _ body: () async throws -> Answer
    ) async throws -> Answer? {
        do {
            let answer = try await body()
            failures = 0
            return answer
        } catch let failure as Failure where failure.isFinal {
            throw failure
        } catch {
            failures += 1
            environment.logger.debug("no answer", metadata: ["bus.topic": "\(topic)", "error": "\(error)"])
            await pause(LinkState.backOff(failures: failures, jitter: .random(in: 0...1)))
            return nil
        }
    }

    // MARK: Leave

    /// Rights may have been taken away: then nothing comes any more, and the publisher's answer to a refill is all that says why.
    private func lookAgain() {
        guard isSecured else { return }
        looked = []
        mustAskLeave = isPrefix
        wakeUp()
    }

    private func askLeave() async throws {
        let request = ReplayRequest(topic: "\(topic)*", from: 1, limit: 0)
        // A family is no topic: what is not found was not forbidden.
        let answer = try await attempt(topic) {
            do { _ = try await self.publisher.replay(request) } catch let failure as Failure
                where failure.code == .notFound
            {}
            return true
        }
        if answer == true { mustAskLeave = false }
    }

    // MARK: Acknowledging

    private func scheduleAcknowledging() {
        guard acknowledging == nil, !isClosed else { return }
        acknowledging = environment.loop.schedule(after: environment.configuration.heartbeat) { [weak self] in
            self?.assumeIsolated { $0.beginAcknowledging() }
        }
    }

    private func beginAcknowledging() {
        Task(executorPreference: environment.loop) { [weak self] in
            await self?.sendAcknowledgements()
            await self?.acknowledgeAgain()
        }
    }

    private func acknowledgeAgain() {
        acknowledging = nil
        if !acknowledgements.due.isEmpty { scheduleAcknowledging() }
    }

    private func sendAcknowledgements() async {
        guard let consumer else { return }
        for mark in acknowledgements.due {
            let tail = tails[mark.topic]
            let request = AcknowledgeRequest(
                consumer: consumer,
                topic: mark.topic,
                epoch: mark.epoch,
                offset: mark.offset,
                gapsFound: tail?.gapsFound ?? 0,
                gapsFilled: tail?.gapsFilled ?? 0
            )
            if await send(request) { acknowledgements.confirm(mark) }
        }
    }

    private func send(_ request: AcknowledgeRequest) async -> Bool {
        do {
            _ = try await publisher.acknowledge(request)
            return true
        } catch let failure as Failure where failure.code == .notFound {
            // Removed by somebody who took us for dead.
            let again = JoinRequest(consumer: request.consumer, topic: request.topic)
            return (try? await publisher.join(again.standing(at: request.offset, request.epoch))) != nil
        } catch {
            return false
        }
    }

    // MARK: Waiting

    private func waitForNews() async {
        let hasNews = order.contains { tails[$0].map { $0.hasEvents || $0.needsRefill != nil } ?? false }
        guard !hasNews, unsettled.isEmpty, order.allSatisfy(looked.contains) else { return }
        await wait()
    }

    /// Ends early where there is news, or the subscription is closed.
    private func pause(_ duration: Duration) async {
        _ = environment.loop.schedule(after: duration) { [weak self] in self?.assumeIsolated { $0.wakeUp() } }
        await wait()
    }

    private func wait() async {
        guard !isClosed else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiters.append($0) }
        } onCancel: {
            Task { await self.wakeUp() }
        }
    }

    private func wakeUp() {
        let woken = waiters
        waiters = []
        for waiter in woken { waiter.resume() }
    }

    /// Another topic is asked first the next time, so that a busy one starves nobody.
    private func rotate() { order.append(order.removeFirst()) }
}

extension Failure {
    /// Asking again would get the same answer.
    fileprivate var isFinal: Bool { [.forbidden, .gone, .invalidRequest, .unknownOperation].contains(code) }
}
