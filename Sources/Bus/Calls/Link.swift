// One connection of a caller to one replica of a service: the DEALER, its monitor, and the state machine that says what to do with them.
//
// Confined to the node's loop (not Sendable). It knows nothing of calls but how many are outstanding; messages that are not about the
// link itself go to `onMessage`. The loop holds it, as long as it may have to call it.

internal import Logging
internal import ZeroMQ

final class Link {
    let service: String
    let endpoint: String
    private let environment: LoopEnvironment
    private(set) var state: LinkState
    private var dealer: Socket?
    private var monitor: Socket?
    private var retry: TimerID?
    private var batch: Batch
    private var takesBatches = false
    private var isFlushDue = false
    private var isClosed = false
    private let way: Way
    /// Whether the service did not let us in the last time.
    private(set) var isRefused = false

    /// Calls sent and not yet answered.
    var outstanding = 0
    /// How often the connection was lost after it had been ready, and how often a handshake was refused.
    private(set) var reconnects = 0
    private(set) var rejectedHandshakes = 0
    /// Which life of the replica answered the greeting.
    private(set) var epoch: UInt64?
    private(set) var clock = ClockOffset()
    /// The last question whose answer tells the other's time, with its number and when it was asked.
    private var question: (number: UInt64, sent: UInt64)?
    private var questions: UInt64 = 0
    private var lastAsked: UInt64 = 0
    private var isClockOff = false

    var onMessage: (Link, Envelope) -> Void = { _, _ in }
    /// The phase has changed: waiters may go on, or the calls of this link have failed.
    var onChange: (Link) -> Void = { _ in }

    init(service: String, endpoint: String, environment: LoopEnvironment) {
        self.service = service
        self.endpoint = endpoint
        self.environment = environment
        way = Way(to: service, at: endpoint, environment)
        batch = Batch(maxMessageBytes: environment.configuration.maxMessageBytes)
        state = LinkState(
            heartbeat: environment.configuration.heartbeat,
            liveness: environment.configuration.liveness,
            now: .now
        )
        open()
    }

    var isReady: Bool { state.phase == .ready }

    // MARK: Sending

    /// Hands a message to the connection; `wouldBlock` where its queue is full or it is gone.
    func send(_ envelope: Envelope) -> SendResult {
        guard hasRoom(for: envelope.size) else { return .wouldBlock }
        batch.append(envelope)
        return sendBatch()
    }

    func send(_ call: RawCall, as id: UInt64) -> SendResult {
        guard hasRoom(for: call.message.count) else { return .wouldBlock }
        batch.append(call.message, id: id, time: clock.theirs(call.deadline.microseconds))
        return sendBatch()
    }

    private func hasRoom(for size: Int) -> Bool {
        guard dealer != nil else { return false }
        return (takesBatches && !batch.mustLeave(before: size)) || flush() == .sent
    }

    /// Of two frames under way one is worked on by each side. Where there is much, four of them keep both busy and wake fewer threads.
    private var fairShare: Int { max(min(outstanding / 2, 32), outstanding / 4) }

    private func sendBatch() -> SendResult {
        batch.share(fairShare)
        if !takesBatches || batch.isFull { _ = flush() }
        if !batch.isEmpty { flushAtEndOfTurn() }
        return .sent
    }

    private func flush() -> SendResult {
        guard let dealer else { return .wouldBlock }
        return (try? batch.leave { try dealer.send($0, from: $1) }) ?? .wouldBlock
    }

    private func flushAtEndOfTurn() {
        guard !isFlushDue else { return }
        isFlushDue = true
        environment.loop.atEndOfTurn { self.flushAgain() }
    }

    /// What libzmq does not take now is tried again a little later; meanwhile the batch fills up and refuses.
    private func flushAgain() {
        isFlushDue = false
        guard dealer != nil, flush() == .wouldBlock else { return }
        isFlushDue = true
        _ = environment.loop.schedule(after: .milliseconds(1)) { self.flushAgain() }
    }

    private func send(_ kind: MessageKind) {
        var envelope = Envelope(kind: kind)
        if kind == .hello || kind == .ping { ask(in: &envelope) }
        if kind == .hello {
            envelope.name = environment.configuration.name
            envelope.epoch = environment.epoch
            envelope.takesBatches = true
        }
        // Not sent means not connected: the next tick, or the monitor, sees that.
        _ = send(envelope)
    }

    // MARK: Clocks

    private func ask(in envelope: inout Envelope) {
        questions += 1
        let now = Deadline.now.microseconds
        question = (questions, now)
        lastAsked = KernelClock.nanoseconds
        (envelope.id, envelope.time) = (questions, now)
    }

    /// For who wonders about a deadline.
    var skewRemark: String {
        guard isClockOff, let offset = clock.microseconds else { return "" }
        return " The clock of \(service) is \(Duration.skewText(Double(offset) / 1_000_000))."
    }

    /// Whether nobody has asked for a heartbeat.
    private var isClockDue: Bool {
        let now = KernelClock.nanoseconds
        return now - min(now, lastAsked) > environment.configuration.heartbeat.wholeMicroseconds * 1_000
    }

    /// Whoever does not tell its time answers with a zero.
    private func compareClocks(_ answer: Envelope) {
        guard let asked = question, asked.number == answer.id, answer.time > 0 else { return }
        question = nil
        clock.measure(sent: asked.sent, received: Deadline.now.microseconds, theirs: answer.time)
        guard let offset = clock.microseconds else { return }
        environment.clocks.note(offset, of: service, at: endpoint)
        let isOff = offset.magnitude > environment.configuration.clockTolerance.wholeMicroseconds
        if isOff, !isClockOff {
            environment.logger.warning(
                "a clock is off",
                metadata: [
                    "bus.service": "\(service)", "bus.endpoint": "\(endpoint)",
                    "clock": "\(Duration.skewText(Double(offset) / 1_000_000))",
                ]
            )
        }
        isClockOff = isOff
    }

    // MARK: Life

    /// What has come and was not read yet comes first: a loop that was busy must not take its own lateness for the other's silence.
    func tick() {
        if isReady { readMessages() }
        let action = state.tick(at: .now, jitter: .random(in: 0...1))
        perform(action)
        // Where there is always something to hear nobody pings, and a clock may be set all the same.
        if case .nothing = action, isReady, isClockDue {
            send(.ping)
        }
    }

    func close(silently: Bool = false) {
        isClosed = true
        if isReady, !silently { send(.bye) }
        if !silently { _ = flush() }
        if let retry { environment.loop.cancel(retry) }
        discardSocket()
    }

    private func perform(_ action: LinkState.Action) {
        switch action {
        case .nothing: break
        case .open: open()
        case .sendHello: send(.hello)
        case .sendPing: send(.ping)
        case .discard(let delay):
            discardSocket()
            retry = environment.loop.schedule(after: delay) { self.open() }
            onChange(self)
        }
    }

    private func open() {
        guard !isClosed else { return }
        state.opened(at: .now, needing: environment.keyCount(of: service, at: endpoint))
        way.find { [unowned self] in
            open($0)
        } orElse: { [unowned self] in
            lose()
        }
    }

    private func open(_ attempt: Way.Attempt) {
        do {
            try openSocket(attempt)
            state.opened(at: .now, needing: attempt.count)
            // `inproc` has no handshake to wait for, and its monitor says nothing.
            if endpoint.utf8.starts(with: "inproc:".utf8) { perform(state.connected(at: .now)) }
        } catch {
            environment.logger.warning(
                "cannot open a link",
                metadata: ["bus.endpoint": "\(endpoint)", "error": "\(error)"]
            )
            state.opened(at: .now)
            perform(state.disconnected(jitter: .random(in: 0...1)))
        }
    }

    private func openSocket(_ attempt: Way.Attempt) throws {
        let security = try environment.security(for: service, at: endpoint, turn: attempt.turn)
        let dealer = try Socket(environment.context, .dealer, environment.configuration.tuning, security)
        self.dealer = dealer
        let monitor = try dealer.monitor(environment.context)
        self.monitor = monitor
        environment.loop.watch(monitor) { self.readEvents() }
        environment.loop.watch(dealer) { self.readMessages() }
        try dealer.connect(attempt.address)
    }

    private func discardSocket() {
        way.cancel()
        batch.clear()
        takesBatches = false
        for socket in [dealer, monitor].compactMap({ $0 }) { environment.loop.ignore(socket) }
        dealer?.stopMonitoring()
        monitor?.close()
        dealer?.close()
        (dealer, monitor) = (nil, nil)
    }

    // MARK: Receiving

    private func readEvents() {
        while let monitor, let event = try? monitor.receiveEvent() {
            switch event {
            case .ready:
                isRefused = false
                way.succeeded()
                perform(state.connected(at: .now))
            case .rejected:
                rejectedHandshakes += 1
                isRefused = true
                lose()
            case .lost, .closed:
                // What was answered before the end counts.
                readMessages()
                lose()
            case .accepted, .other: break
            }
        }
    }

    private func lose() {
        if state.phase == .ready || state.phase == .draining { reconnects += 1 }
        perform(state.disconnected(jitter: .random(in: 0...1)))
    }

    private func readMessages() {
        let most = environment.configuration.receiveBatch
        var budget = most
        while budget > 0, let dealer, let (bytes, _) = try? dealer.receive() {
            budget -= max(1, Envelope.each(in: bytes, environment.configuration.limits, receive))
        }
        if budget < most { state.heard(at: .now) }
    }

    private func receive(_ envelope: Envelope) {
        switch envelope.kind {
        case .reply, .failure: onMessage(self, envelope)
        case .welcome:
            compareClocks(envelope)
            epoch = envelope.epoch
            takesBatches = envelope.takesBatches
            state.welcomed(at: .now)
            onChange(self)
        case .draining:
            state.serviceDrains()
            onChange(self)
        case .bye: lose()
        case .ping: _ = send(envelope.pong)
        case .pong: compareClocks(envelope)
        case .hello, .call, .cancel, .event, .head, .batch: break
        }
    }
}
