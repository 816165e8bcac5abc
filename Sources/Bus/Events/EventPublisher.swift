// The publishing side of a node: an XPUB that sends what the log has committed, and says where each topic stands.
//
// Confined to the node's loop. Publishing is a hint, the log is the truth: an event that a subscriber misses (it joined late, its queue
// was full, this process died between commit and send) shows as a gap and is read from the log. A frame is
//
//   topic · 0x00 · envelope          the topic with its zero byte is what ØMQ filters by
//
// Events that follow each other in a topic share a frame, and what is to be noted is noted once a frame.

internal import ZeroMQ

final class EventPublisher {
    let environment: LoopEnvironment
    var listener: Listener
    /// Who may hear what; nil where all who can come here are of one owner.
    let trust: Trust?
    var revision = 0
    var isClosing = false
    var isReopening = false
    /// Subscriptions that were not granted.
    var refused = 0
    var socket: Socket { listener.socket }
    private(set) var heads: [String: TopicHead]
    private var published: [String: UInt64] = [:]
    private var scratch: [UInt8] = []
    private var writer: EventBlockWriter
    private let frameLimit: Int
    private var descriptor: Int32 = -1
    /// Topics that somebody has subscribed to in this turn: each head is sent once.
    private var asked: Set<String> = []
    private var reopenedAt: UInt64 = 0
    /// Subscriptions of each connection since the socket was opened.
    private var subscriptions: [Int32: (flow: Flow, count: Int)] = [:]
    private var timer: TimerID?
    /// Asks a log that others write to as well where it stands, which comes back by `learn`; nil where nobody else does.
    var askHeads: (() -> Void)?
    private var isAsking = false
    var user = ""

    init(environment: LoopEnvironment, endpoint: String, heads: [TopicHead]) throws {
        self.environment = environment
        self.heads = Dictionary(uniqueKeysWithValues: heads.map { ($0.topic, $0) })
        trust = environment.trust(at: endpoint)
        revision = trust?.revision ?? 0
        writer = EventBlockWriter(
            limit: EventFrame.blockBytes(maxMessageBytes: environment.configuration.maxMessageBytes)
        )
        frameLimit = min(environment.messageLimit(at: endpoint), environment.configuration.liveFrameBytes)
        listener = try Listener(.xpub, endpoint: endpoint, environment: environment)
        watch()
        scheduleHeartbeat()
    }

    var endpoint: String { listener.endpoint }

    /// `consumers`: those of each topic; `nil` where the log keeps none.
    func stats(_ consumers: [String: [ConsumerStats]]?) -> [TopicStats] {
        heads.values.sorted { $0.topic < $1.topic }.map {
            TopicStats(
                topic: $0.topic,
                epoch: $0.epoch,
                head: $0.head,
                published: published[$0.topic, default: 0],
                consumers: consumers.map { [topic = $0.topic] in $0[topic] ?? [] }
            )
        }
    }

    /// Sends events that are on disk, in the order in which they came to be.
    func publish(_ commits: [[Event]]) {
        // In a local of its own while the loop runs: each access to the property would be checked.
        var writer = EventBlockWriter(limit: 0)
        swap(&writer, &self.writer)
        writer.write(commits) { block in
            let tail = heads[block.topic]?.tail ?? block.first
            heads[block.topic] = TopicHead(topic: block.topic, epoch: block.epoch, head: block.end - 1, tail: tail)
            published[block.topic, default: 0] += UInt64(block.count)
            send(block.topic, Envelope(block))
        }
        swap(&writer, &self.writer)
    }

    /// Says where a topic stands without the events that lead there; who wants them reads the log. Never goes back within a life of the log.
    func advance(to head: TopicHead) {
        if let known = heads[head.topic], known.epoch == head.epoch, known.head >= head.head { return }
        heads[head.topic] = head
        sendHead(head)
    }

    /// The same by the newest event.
    func advance(to last: Event) {
        let tail = heads[last.topic]?.tail ?? last.offset
        advance(to: TopicHead(topic: last.topic, epoch: last.epoch, head: last.offset, tail: tail))
    }

    private func sendHead(_ head: TopicHead) {
        var envelope = Envelope(kind: .head, id: head.head)
        envelope.epoch = head.epoch
        send(head.topic, envelope)
    }

    private func send(_ topic: String, _ envelope: Envelope) {
        scratch.removeAll(keepingCapacity: true)
        EventFrame.append(envelope, of: topic, to: &scratch)
        // So large that it had better be asked for: where it stands is said, and the log has it. Beyond a message it would end every
        // subscriber's connection, again and again.
        guard scratch.count <= frameLimit else {
            if envelope.kind == .event, let head = heads[topic] { sendHead(head) }
            return
        }
        // An XPUB without NODROP never says that it would block: it drops for the full subscriber only, who will see the gap.
        _ = try? socket.send(scratch)
    }

    /// A new subscriber (0x01 and a prefix) hears at once where its topics stand.
    func readSubscriptions() {
        var budget = environment.configuration.receiveBatch
        while budget > 0, let (bytes, isLast) = try? socket.receive(user: &user, descriptor: &descriptor) {
            budget -= 1
            if trust != nil, bytes.first ?? 2 > 1 || !isLast {
                return misused()
            }
            guard bytes.first == 1, isWithinLimit() else { continue }
            let prefix = bytes.dropFirst()
            guard accepts(prefix) else { continue }
            for topic in heads.keys where (Array(topic.utf8) + [0]).starts(with: prefix) { ask(for: topic) }
        }
    }

    /// Heads go to all subscribers of a topic, so who subscribes again and again must not be answered each time.
    private func ask(for topic: String) {
        if asked.isEmpty { environment.loop.atEndOfTurn { [weak self] in self?.answerAsked() } }
        asked.insert(topic)
    }

    private func answerAsked() {
        for topic in asked { if let head = heads[topic] { sendHead(head) } }
        asked = []
    }

    /// Counts the subscription in hand; one too many ends its connection.
    private func isWithinLimit() -> Bool {
        guard let flow = listener.flow(descriptor) else { return true }
        let known = subscriptions[descriptor]
        let count = known?.flow === flow ? (known?.count ?? 0) + 1 : 1
        subscriptions[descriptor] = (flow, count)
        let limit = environment.configuration.limits.subscriptionsPerConnection
        // What was on its way before it ended is passed over.
        if count == limit + 1 { listener.end(flow, "it has subscribed too often") }
        return count <= limit
    }

    /// Everybody is connected anew for it, so nobody can ask for that more often than once a second; until then nothing more is read.
    private func misused() {
        if let flow = listener.flow(descriptor) { listener.end(flow, "it sent what is no subscription") }
        let since = KernelClock.nanoseconds - min(reopenedAt, KernelClock.nanoseconds)
        let pause = Duration.nanoseconds(1_000_000_000 - Int64(min(since, 1_000_000_000)))
        environment.loop.ignore(socket)
        _ = environment.loop.schedule(after: pause) { [weak self] in
            self?.reopenedAt = KernelClock.nanoseconds
            self?.reopen("a subscriber sent what is no subscription")
        }
    }

    /// One of several replicas knows by itself only what it has committed. The log knows what the others have: one that died between its COMMIT
    /// and its message is noticed so.
    private func beat() {
        // A log that does not answer is not waited for: who hears nothing takes us for dead.
        for head in heads.values { sendHead(head) }
        guard let askHeads, !isAsking else { return }
        isAsking = true
        askHeads()
    }

    /// Where the log stands; nil where it did not answer.
    func learn(_ heads: [TopicHead]?) {
        isAsking = false
        for head in heads ?? [] { advance(to: head) }
    }

    private func scheduleHeartbeat() {
        timer = environment.loop.schedule(after: environment.configuration.heartbeat) { [weak self] in
            guard let self else { return }
            beat()
            if let trust, trust.revision != revision { reopen("the peers have changed") }
            scheduleHeartbeat()
        }
    }

    /// `done` is called when the endpoint is free for a successor.
    func close(_ done: @escaping () -> Void) {
        if let timer { environment.loop.cancel(timer) }
        isClosing = true
        listener.close(done)
    }
}
