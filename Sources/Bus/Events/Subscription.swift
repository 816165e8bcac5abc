// A durable subscription: every event of a topic (or of all topics with a prefix) from an offset on, once each, in order.
//
//   while let events = try await subscription.next() { apply(events); checkpoint(events.last.offset) }
//
// It pulls: nothing is fetched that nobody asks for, and what is held is bounded. Live events arrive by SUB; whatever is missing, for
// whatever reason, is read from the publisher's log by `bus.replay`. A publisher that is away is waited for. At-least-once for the
// consumer: checkpoint after the effect, or in the same transaction with it, and the effect is exactly-once.

internal import Logging
internal import ZeroMQ

/// Where a subscription begins.
public enum StartingPoint: Sendable, Equatable {
    /// With the events that come to be from now on.
    case live
    /// With this offset; 1 is the beginning.
    case offset(UInt64)
    /// Where an earlier subscriber stopped. If the topic has begun another epoch since, at its beginning.
    case checkpoint(epoch: UInt64, next: UInt64)
}

public actor Subscription {
    private let environment: LoopEnvironment
    private let replay: @Sendable (ReplayRequest) async throws -> ReplayPage
    private let link: EventLink
    private let start: StartingPoint
    private let isPrefix: Bool
    private let topic: String
    private var tails: [String: TopicTail] = [:]
    private var order: [String] = []
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var isClosed = false
    private var failures = 0

    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe environment.loop.asUnownedSerialExecutor() }

    init(
        _ pattern: String,
        of publisher: String,
        from start: StartingPoint,
        endpoint: String,
        environment: LoopEnvironment,
        replay: @escaping @Sendable (ReplayRequest) async throws -> ReplayPage
    ) {
        self.environment = environment
        self.replay = replay
        self.start = start
        let isPrefix = pattern.hasSuffix("*")
        let isSecured = environment.isSecured(endpoint)
        (self.isPrefix, self.isSecured) = (isPrefix, isSecured)
        topic = isPrefix ? String(pattern.dropLast()) : pattern
        let filter = Array(topic.utf8) + (isPrefix ? [] : [0])
        // A topic's own refill says whether we may have it. Of a family nothing is known but what comes, and what may not come is silent.
        mustAskLeave = isPrefix && isSecured
        link = EventLink(to: publisher, endpoint: endpoint, filter: filter, environment: environment)
    }

    /// Begins to listen. The node calls it once, on the loop.
    func begin() async {
        link.onMessage = { [weak self] envelope, topic in self?.assumeIsolated { $0.receive(envelope, topic) } }
        link.onLoss = { [weak self] in self?.assumeIsolated { $0.lookAgain() } }
        if !isPrefix { _ = tail(of: topic) }
    }

    // MARK: For the consumer

    /// The next events of one topic, in order, at least one; `nil` once the subscription is closed.
    ///
    /// - Throws: `CancellationError` where the task is cancelled, `Failure` with `forbidden` where the topology does not let this peer
    ///   read the topic; nothing else: a publisher that is away is waited for.
    public func next(limit: Int = 256) async throws -> [Event]? {
        while !isClosed {
            try Task.checkCancellation()
            await settleStart()
            for name in order {
                await refill(name)
                if let events = tails[name]?.take(limit), !events.isEmpty {
                    rotate()
                    return events
                }
            }
            if mustAskLeave { await askLeave() }
            if let refusal {
                self.refusal = nil
                throw refusal
            }
            await waitForNews()
        }
        return nil
    }

    /// Ends it; a waiting `next` answers `nil`.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        link.close()
        wakeUp()
    }

    /// Where it stands, for each topic.
    public var stats: [SubscriptionStats] {
        order.compactMap { name in
            tails[name].map {
                SubscriptionStats(
                    topic: name,
                    next: $0.next,
                    head: $0.head,
                    gapsFound: $0.gapsFound,
                    gapsFilled: $0.gapsFilled
                )
            }
        }
    }

    // MARK: Live

    private func receive(_ envelope: Envelope, _ topic: String) {
        _ = tail(of: topic)
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

    private func tail(of name: String) -> TopicTail {
        if let known = tails[name] { return known }
        var tail = TopicTail(next: 1, capacity: environment.configuration.eventBuffer)
        switch start {
        case .offset(let offset):
            tail = TopicTail(next: max(1, offset), capacity: environment.configuration.eventBuffer)
        case .checkpoint(let epoch, let next): tail.resume(epoch: epoch, next: next)
        case .live: unsettled.insert(name)
        }
        tails[name] = tail
        order.append(name)
        return tail
    }

    // MARK: Refill

    /// Topics that begin "live" and do not know yet where that is.
    private var unsettled: Set<String> = []

    private func settleStart() async {
        for name in unsettled {
            guard let page = await ask(ReplayRequest(topic: name, from: 1, limit: 0)) else { continue }
            unsettled.remove(name)
            tails[name] = TopicTail(next: page.head.head + 1, capacity: environment.configuration.eventBuffer)
            _ = tails[name]?.receiveHead(epoch: page.head.epoch, head: page.head.head)
        }
    }

    private func refill(_ name: String) async {
        guard !unsettled.contains(name), let tail = tails[name], let from = tail.needsRefill ?? firstLook(name) else {
            return
        }
        let request = ReplayRequest(topic: name, from: from, limit: tail.room)
        guard let page = await ask(request) else { return }
        looked.insert(name)
        tails[name]?.refill(page.events, log: page.head)
        // A log that knows less than what it announced is being restored, or broken: ask again, but not at once.
        if page.events.isEmpty, tails[name]?.needsRefill != nil { await pause(.milliseconds(100)) }
    }

    /// Topics whose log has been asked once: without that, a subscriber of a quiet topic would wait for a heartbeat to learn its past.
    private var looked: Set<String> = []
    private func firstLook(_ name: String) -> UInt64? { looked.contains(name) ? nil : tails[name]?.next }

    private func ask(_ request: ReplayRequest) async -> ReplayPage? {
        do {
            let page = try await replay(request)
            failures = 0
            return page
        } catch let failure as Failure where failure.code == .forbidden {
            refusal = failure
            return nil
        } catch {
            failures += 1
            environment.logger.debug("cannot replay", metadata: ["bus.topic": "\(request.topic)", "error": "\(error)"])
            await pause(LinkState.backOff(failures: failures, jitter: .random(in: 0...1)))
            return nil
        }
    }

    // MARK: Leave

    private var refusal: Failure?
    private var mustAskLeave: Bool
    private let isSecured: Bool

    /// Rights may have been taken away: then nothing comes any more, and the publisher's answer to a refill is all that says why.
    private func lookAgain() {
        guard isSecured else { return }
        looked = []
        mustAskLeave = isPrefix
        wakeUp()
    }

    private func askLeave() async {
        do {
            _ = try await replay(ReplayRequest(topic: "\(topic)*", from: 1, limit: 0))
            mustAskLeave = false
        } catch let failure as Failure where failure.code == .forbidden {
            refusal = failure
        } catch let failure as Failure where failure.code == .notFound {
            // A family is no topic, and it was not forbidden.
            mustAskLeave = false
        } catch {
            failures += 1
            await pause(LinkState.backOff(failures: failures, jitter: .random(in: 0...1)))
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
